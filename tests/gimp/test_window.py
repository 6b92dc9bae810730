#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The window opened from a GIMP on a screen: it follows the selection, sends layers, and keeps regions when the image or GIMP goes.

usage: test_window.py GIMP PLUG-IN DATA"""
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "ui"))
import desk  # noqa: E402
import gimp_room  # noqa: E402

SHORTCUT = "ctrl+alt+m"  # of the menu's entry: shorter to press than the menu is to walk
WAIT = 400               # seconds: GIMP's first start looks at all of its plug-ins
SLOW = "ctrl+alt+k"      # an overlay that takes a minute: its progress and Cancel are those of whoever starts it from a menu
SLOW_SCRIPT = """
(define (script-fu-slow-overlay image drawable)
  (smoothscope-overlay image %s))
(script-fu-register "script-fu-slow-overlay" "Slow overlay" "" "" "" "" "*" SF-IMAGE "Image" 0 SF-DRAWABLE "Drawable" 0)
(script-fu-menu-register "script-fu-slow-overlay" "<Image>/Filters/Map")
"""


def runs(pid):
    """Whether the process is there, and not one that only waits to be looked at by its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def named(pattern):
    """Windows on the screen."""
    return subprocess.run(["xdotool", "search", "--onlyvisible", "--name", pattern], capture_output=True, text=True, check=False).stdout.split()


class Gimp:
    """A GIMP on the screen that takes Script-Fu over a socket. @known: what another one knew of plug-ins, which need not be asked again"""

    def __init__(self, gimp, plug_in, data, known=None):
        self.room = gimp_room.Room(gimp, plug_in, data)
        is_3 = gimp_room.is_3(gimp)
        shortcuts = '(file-version 1)\n(action "plug-in-smoothscope" "<Primary><Alt>m")\n(action "script-fu-slow-overlay" "<Primary><Alt>k")\n' if is_3 \
            else '(gtk_accel_path "<Actions>/plug-in/plug-in-smoothscope" "<Primary><Alt>m")\n' \
                 '(gtk_accel_path "<Actions>/plug-in/script-fu-slow-overlay" "<Primary><Alt>k")\n'
        with open(os.path.join(self.room.settings, "shortcutsrc" if is_3 else "menurc"), "w", encoding="utf-8") as file:
            file.write(shortcuts)
        with open(os.path.join(self.room.settings, "gimprc"), "w", encoding="utf-8") as file:
            file.write("(check-updates no)\n(save-session-info no)\n")
            file.write("(show-welcome-dialog no)\n" if is_3 else "(single-window-mode yes)\n(show-tips no)\n")
        self.slow = self.room.path("slow.json")
        os.makedirs(os.path.join(self.room.settings, "scripts"))
        with open(os.path.join(self.room.settings, "scripts", "slow-overlay.scm"), "w", encoding="utf-8") as file:
            file.write(SLOW_SCRIPT % gimp_room.quoted(self.slow))
        if known is not None:
            with open(os.path.join(self.room.settings, "pluginrc"), "wb") as file:
                file.write(known)
        self.trace_path = self.room.path("trace")
        self.start()

    def start(self):
        """Once more, too, where it has ended: as its user does it, with all that is kept."""
        if os.path.exists(self.trace_path):
            os.remove(self.trace_path)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        is_3 = gimp_room.is_3(self.room.gimp)
        words = ["#:run-mode ", "#:ip ", "#:port ", "#:logfile "] if is_3 else [""] * 4
        server = (f'(plug-in-script-fu-server {words[0]}RUN-NONINTERACTIVE {words[1]}"127.0.0.1" {words[2]}{self.port} '
                  f'{words[3]}"{self.room.path("log")}")')
        interpreter = ["--batch-interpreter", "plug-in-script-fu-eval"] if is_3 else []
        self.errors = open(self.room.path("errors"), "wb")
        self.process = subprocess.Popen([self.room.gimp, "-n", "-s", *interpreter, "-b", server], stdin=subprocess.DEVNULL, stdout=self.errors, stderr=self.errors,
                                        env={**self.room.env, "SMOOTHSCOPE_TRACE": self.trace_path, "XDG_STATE_HOME": self.room.home})

    def say(self, script):
        """The answer to a script, as text."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as link:
            text = script.encode()
            link.sendall(b"G" + struct.pack(">H", len(text)) + text)
            head = self.receive(link, 4)
            answer = self.receive(link, struct.unpack(">H", head[2:4])[0])
        if head[1]:
            raise AssertionError(f"{script}: {answer.decode()}")
        return answer.decode()

    @staticmethod
    def receive(link, size):
        text = b""
        while len(text) < size:
            part = link.recv(size - len(text))
            if not part:
                raise ConnectionError("GIMP ended before its answer")
            text += part
        return text

    def is_up(self):
        return self.say("(+ 1 1)").strip() == "2"


class Sitting:
    def __init__(self, gimp, plug_in, data, known=None):
        self.gimp = Gimp(gimp, plug_in, data, known)
        self.sample = self.gimp.room.copy(os.path.join(data, "sample"), "sample")
        self.image = None
        self.window = None

    # What the window wrote down

    def trace(self, event=None):
        if not os.path.exists(self.gimp.trace_path):
            return []
        with open(self.gimp.trace_path, encoding="utf-8") as file:
            events = [json.loads(line) for line in file.read().split("\n")[:-1]]
        return [e for e in events if event in (None, e["event"])]

    def count(self, event):
        return len(self.trace(event))

    def plug_in(self):
        """The process of the window."""
        found = subprocess.run(["pgrep", "-P", str(self.gimp.process.pid), "-f", "smoothscope-gimp"], capture_output=True, text=True,
                               check=False).stdout.split()
        return int(found[0]) if found else None

    def press(self, key):
        ids = subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "smoothscope"], capture_output=True, text=True,
                             check=False).stdout.split()
        desk.hand("windowfocus", ids[-1])
        time.sleep(0.3)
        desk.hand("key", key)

    @staticmethod
    def image_windows():
        """Of GIMP, with the image; what a script opened in GIMP 3.0 has no title."""
        return named("(tissue_hires_image|Untitled).*GIMP")

    def press_in_gimp(self, key):
        desk.hand("windowfocus", self.image_windows()[-1])
        time.sleep(0.3)
        desk.hand("key", key)

    # Steps

    def opens(self):
        """GIMP opens the picture of a section, and its menu opens the window on that section."""
        self.open_image()
        desk.wait_for(lambda: self.count("signature-loaded") and self.count("converged-picture"), "the solution", WAIT)

    def open_image(self):
        desk.wait_for(self.gimp.is_up, "GIMP", WAIT)
        picture = os.path.join(self.sample, "spatial", "tissue_hires_image.png")
        if gimp_room.is_3(self.gimp.room.gimp):
            self.gimp.say(f"(begin {gimp_room.WORDS_OF_3})")
        self.gimp.say(f"(define image {gimp_room.load(self.gimp.room.gimp, picture, self.sample)})")
        self.gimp.say("(define display (car (gimp-display-new image)))")
        self.start_window()

    def start_window(self):
        window = desk.wait_for(self.image_windows, "the image on the screen", WAIT)[-1]
        desk.hand("windowfocus", window)
        end = time.monotonic() + WAIT
        while self.plug_in() is None:
            assert time.monotonic() < end, "the shortcut starts nothing"
            desk.hand("windowfocus", window)
            desk.hand("key", SHORTCUT)
            time.sleep(2.0)

    def follows(self):
        """The graph and the solution follow an edit of the selection; a channel becomes a category too."""
        before, shown = self.count("host-regions"), self.count("converged-picture")
        begin = time.monotonic()
        self.gimp.say("(gimp-image-select-ellipse image CHANNEL-OP-REPLACE 500 600 700 500)")
        desk.wait_for(lambda: self.count("host-regions") > before and self.count("converged-picture") > shown, "the selection", WAIT)
        print(f"# the solution followed the selection after {1000 * (time.monotonic() - begin):.0f} ms", flush=True)
        before, shown = self.count("host-regions"), self.count("converged-picture")
        self.gimp.say("(gimp-image-select-ellipse image CHANNEL-OP-ADD 1200 800 300 300)")
        desk.wait_for(lambda: self.count("host-regions") > before and self.count("converged-picture") > shown, "the larger selection", WAIT)
        before = self.count("host-regions")
        self.gimp.say("(gimp-item-set-name (car (gimp-selection-save image)) \"Tumour\")")
        desk.wait_for(lambda: self.count("host-regions") > before, "the channel", WAIT)

    def sends(self):
        """'Send to GIMP' adds one group, in one step of undo; sending again replaces it."""
        def layers():
            return self.gimp.say("(car (gimp-image-get-layers image))").strip()

        def children():
            return self.gimp.say("(car (gimp-item-get-children (vector-ref (cadr (gimp-image-get-layers image)) 0)))").strip()
        def group():
            return self.gimp.say("(vector-ref (cadr (gimp-image-get-layers image)) 0)").strip()
        assert layers() == "1", layers()
        self.press("ctrl+Return")
        desk.wait_for(lambda: layers() == "2" and children() == "4", "the layers", WAIT)
        name = self.gimp.say("(car (gimp-item-get-name (vector-ref (cadr (gimp-image-get-layers image)) 0)))")
        assert "Smoothscope: sample" in name, name
        first = group()
        self.press("ctrl+Return")
        desk.wait_for(lambda: group() != first, "the other group", WAIT)
        assert layers() == "2", layers()

    def undoes(self):
        """Undo in GIMP takes each sending back in one step, to the layer; redo brings it again."""
        def state():
            ids = self.gimp.say("(cadr (gimp-image-get-layers image))").strip()
            count = self.gimp.say("(car (gimp-image-get-layers image))").strip()
            size = self.gimp.say("(if (> (car (gimp-image-get-layers image)) 1) "
                                 "(car (gimp-item-get-children (vector-ref (cadr (gimp-image-get-layers image)) 0))) 0)").strip()
            return ids, count, size

        def goes_to(key, count, size, words):
            before = state()
            self.press_in_gimp(key)
            desk.wait_for(lambda: state() != before, words, WAIT)
            now = state()
            assert now[1:] == (count, size), (words, before, now)
            return now
        second = state()
        first = goes_to("ctrl+z", "2", "4", "the group that was sent before")
        goes_to("ctrl+z", "1", "0", "no group")
        assert goes_to("ctrl+y", "2", "4", "the first group again") == first
        assert goes_to("ctrl+y", "2", "4", "the second group again") == second

    def closes(self):
        """The image is closed in GIMP: the window stays, says so, and has its regions."""
        errors = self.count("error-shown")
        self.gimp.say("(gimp-display-delete display)")
        desk.wait_for(lambda: self.count("error-shown") > errors, "words about the closed image", WAIT)
        assert self.plug_in() is not None, "the window went with the image"

    def journals(self):
        """Files of the journal that have the region of the channel."""
        files = Path(self.gimp.room.home).glob("smoothscope/journal/*.smoothscope")
        return [path for path in files if '"Tumour"' in path.read_text(errors="replace")]

    def survives(self):
        """GIMP dies: the regions are in the journal."""
        pid = self.plug_in()
        desk.wait_for(self.journals, "the journal", WAIT)
        self.gimp.process.send_signal(signal.SIGKILL)
        self.gimp.process.wait()
        time.sleep(1.0)
        assert self.journals(), "the journal went with GIMP"
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass

    def crashes(self):
        """The window dies: GIMP and what was drawn in it stay, and the regions are in the journal."""
        self.gimp.say("(gimp-image-select-ellipse image CHANNEL-OP-REPLACE 500 600 700 500)")
        self.gimp.say("(gimp-item-set-name (car (gimp-selection-save image)) \"Tumour\")")
        desk.wait_for(self.journals, "the journal", WAIT)
        os.kill(self.plug_in(), signal.SIGKILL)
        desk.wait_for(lambda: self.plug_in() is None, "the end of the window", WAIT)
        assert self.gimp.is_up() and self.gimp.say("(car (gimp-image-get-layers image))").strip() == "1", "GIMP"
        assert self.journals(), "the journal went with the window"

    def quits(self):
        """GIMP is quit with the window open: the regions are in the journal, and the next start offers them."""
        self.gimp.say("(gimp-image-select-ellipse image CHANNEL-OP-REPLACE 500 600 700 500)")
        self.gimp.say("(gimp-item-set-name (car (gimp-selection-save image)) \"Tumour\")")
        desk.wait_for(self.journals, "the journal", WAIT)
        window = self.plug_in()
        self.press_in_gimp("ctrl+q")
        question = desk.wait_for(lambda: named("Quit GIMP"), "the question about changes", WAIT)[-1]
        desk.hand("windowfocus", question)
        time.sleep(0.3)
        desk.hand("key", "ctrl+d")  # they are to be discarded
        desk.wait_for(lambda: self.gimp.process.poll() is not None, "the end of GIMP", WAIT)
        desk.wait_for(lambda: not runs(window), "the end of the window", WAIT)
        assert self.journals(), "the journal went with GIMP"
        self.gimp.start()
        self.open_image()
        desk.wait_for(lambda: self.count("start"), "the window", WAIT)
        time.sleep(3.0)
        self.press("alt+r")  # of the question whether to restore what was not saved
        desk.wait_for(lambda: self.count("recovered"), "the session from before", WAIT)
        kept = self.journals()
        assert len(kept) == 1, kept

    def cancels(self):
        """Cancel of GIMP's progress ends an overlay that is being computed, and the image is as it was."""
        with open(self.gimp.slow, "w", encoding="utf-8") as file:
            json.dump({"smoothscope": "0.1.0", "format": 2, "command": "deconvolve", "section": {"path": self.sample, "files": []},
                       "signature": {"path": os.path.join(self.sample, "reference", "signature.csv")},
                       "parameters": {"scaling": {"scale-by-histology": "mean", "patch-radius": 40000}}}, file)
        before = self.gimp.say("(car (gimp-image-get-layers image))")
        self.press_in_gimp("Tab")  # without the docks, whose places are GIMP's, Cancel is in the window's corner
        self.press_in_gimp(SLOW)
        pid = desk.wait_for(self.plug_in, "the overlay", WAIT)
        time.sleep(5.0)
        assert self.plug_in() == pid, "the overlay was over too soon to be cancelled"
        place = subprocess.run(["xdotool", "getwindowgeometry", "--shell", self.image_windows()[-1]], capture_output=True, text=True,
                               check=True).stdout
        x, y, width, height = (int(re.search(rf"^{name}=(-?\d+)$", place, re.M).group(1)) for name in ("X", "Y", "WIDTH", "HEIGHT"))
        desk.hand("mousemove", x + width - 50, y + height - 16)
        time.sleep(0.5)
        desk.hand("click", 1)
        begin = time.monotonic()
        while runs(pid):
            assert time.monotonic() - begin < 10.0, "Cancel does not end the overlay"
            time.sleep(0.002)
        took = 1000 * (time.monotonic() - begin)
        print(f"# the overlay ended {took:.0f} ms after Cancel", flush=True)
        # A click reaches GIMP 3.0 later than 2.10 where the overlay keeps all processors busy: a second or two on two of them.
        assert took < (5000.0 if gimp_room.is_3(self.gimp.room.gimp) else 200.0) * desk.SLOWNESS, f"{took:.0f} ms"
        assert self.gimp.is_up() and self.gimp.say("(car (gimp-image-get-layers image))") == before, "another image"

    def stop(self):
        """May be called twice."""
        pid = self.plug_in()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        if self.gimp.process.poll() is None:
            self.gimp.process.kill()
            self.gimp.process.wait()
        if self.gimp.errors.closed:
            return
        self.gimp.errors.close()
        if not os.environ.get("SMOOTHSCOPE_KEEP"):
            self.gimp.room.remove()


def main():
    gimp, plug_in, data = sys.argv[1:4]
    reason = gimp_room.missing(gimp, plug_in)
    if reason is None and shutil.which("pgrep") is None:
        reason = "not installed: pgrep"
    if reason is not None:
        print(f"1..0 # SKIP {reason}")
        return 0
    desk.enter("1400x900")
    if not desk.has_sample(data):
        return 0
    sitting, other = Sitting(gimp, plug_in, data), None
    tap = desk.Tap(11)

    def run(steps):
        tap.is_broken = False  # another sitting may go on where one broke
        for step in steps:
            was_broken = tap.is_broken
            tap.step(step)
            if tap.is_broken and not was_broken:
                desk.leave_picture()
            elif os.environ.get("SMOOTHSCOPE_LOOK") and not tap.is_broken:
                subprocess.run(["import", "-silent", "-window", "root", f"{os.environ['SMOOTHSCOPE_LOOK']}-{step.__name__}.png"], check=False)
    try:
        run([sitting.opens, sitting.follows, sitting.sends, sitting.undoes, sitting.closes, sitting.survives])
        known = Path(sitting.gimp.room.settings, "pluginrc").read_bytes()
        sitting.stop()
        other = Sitting(gimp, plug_in, data, known)
        run([other.opens, other.crashes, other.cancels])
        other.stop()
        other = Sitting(gimp, plug_in, data, known)
        run([other.opens, other.quits])
    finally:
        sitting.stop()
        if other is not None:
            other.stop()
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
