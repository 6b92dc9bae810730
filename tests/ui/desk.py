#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk for tests of the window: a screen of its own, a session bus, a pointer, and eyes through the accessibility bus."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOOLS = ["Xvfb", "dbus-run-session", "xdotool", "import"]
INSIDE = "SMOOTHSCOPE_TEST_INSIDE"
TAP_FILE = "SMOOTHSCOPE_TEST_TAP"
# Every look at an object is a message over the bus: these are looked into only when asked for.
CLOSED = ("list", "scroll bar", "combo box", "slider", "check box", "label", "image", "text", "entry")
NO_CACHE = 0  # Atspi.Cache.NONE
BUTTONS = ("push button", "toggle button", "button")
SLOWNESS = float(os.environ.get("SMOOTHSCOPE_TEST_SLOWNESS", "1"))  # how much longer all takes, where much else goes on or with sanitizers
WAIT = 60.0 * SLOWNESS  # seconds; generous, for slow machines
PATIENCE = 3.0 * SLOWNESS  # seconds until a click counts as one beside


def missing():
    """Why the tests cannot run here, or None."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        return f"not installed: {', '.join(absent)}"
    try:
        import gi
        gi.require_version("Atspi", "2.0")
        import pyatspi  # noqa: F401
    except (ImportError, ValueError) as error:
        return f"no accessibility bindings for {sys.executable}: {error}"
    return None


def enter(screen="1280x900"):
    """Starts this script again on a screen and a session bus of its own; returns only there.

    What services of the bus print goes to stderr: stdout is for TAP alone, and reaches the inner script by another number."""
    if os.environ.get(INSIDE):
        sys.stdout = os.fdopen(int(os.environ[TAP_FILE]), "w")
        from gi.repository import Atspi
        Atspi.set_timeout(int(1000 * WAIT), int(1000 * WAIT))  # not 800 ms: a dialog may be made before the answer comes
        return
    reason = missing()
    if reason is not None:
        print(f"1..0 # SKIP {reason}")
        sys.exit(0)
    read, write = os.pipe()
    server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", f"{screen}x24", "-nolisten", "tcp"],
                              pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    home = tempfile.mkdtemp(prefix="smoothscope-ui-")
    tap = os.dup(1)
    env = {**os.environ, INSIDE: home, TAP_FILE: str(tap), "DISPLAY": f":{number}", "GDK_BACKEND": "x11", "GSK_RENDERER": "cairo",
           "GTK_A11Y": "atspi", "NO_AT_BRIDGE": "0", "XDG_STATE_HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home,
           "XDG_RUNTIME_DIR": home, "LC_ALL": "C.UTF-8", "GTK_USE_PORTAL": "0", "GSETTINGS_BACKEND": "keyfile"}
    env.pop("WAYLAND_DISPLAY", None)
    code = 1
    try:
        code = subprocess.run(["dbus-run-session", "--", sys.executable, *sys.argv], env=env, stdout=sys.stderr,
                              pass_fds=[tap]).returncode
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(home, ignore_errors=True)
    sys.exit(code)


def wait_for(look, what, seconds=WAIT):
    """Looks until there is something true to see; dies with words otherwise."""
    end = time.monotonic() + seconds
    while True:
        try:
            seen = look()
        except Exception as error:  # an object that went away while it was looked at
            seen, last = None, error
        else:
            last = None
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} s for {what}" + (f" ({last})" if last else ""))
        time.sleep(0.03)


class Program:
    """The program on the desk."""

    def __init__(self, exe, *args, env=None):
        self.home = os.environ[INSIDE]
        self.trace_path = tempfile.mktemp(prefix="trace-", dir=self.home)
        self.errors = tempfile.TemporaryFile(dir=self.home)
        self.process = subprocess.Popen([exe, *args], stderr=self.errors, stdin=subprocess.DEVNULL,
                                        env={**os.environ, "SMOOTHSCOPE_TRACE": self.trace_path, **(env or {})})

    def trace(self, event=None):
        with open(self.trace_path, encoding="utf-8") as file:
            events = [json.loads(line) for line in file.read().split("\n")[:-1]]
        return [e for e in events if event in (None, e["event"])]

    def stderr(self):
        self.errors.seek(0)
        return self.errors.read().decode("utf-8", "replace")

    def root(self):
        """The program as the bus knows it, without a memory of its own: that of the bindings keeps objects that are gone, and
        dies of them."""
        import pyatspi
        for app in pyatspi.Registry.getDesktop(0):
            if app is not None and app.get_process_id() == self.process.pid:
                app.set_cache_mask(NO_CACHE)
                return app
        return None

    def all(self, role=None, name=None, holds=None, inside=None):
        """Accessible objects by role (of GTK old or new), exact name, or a part of the name."""
        roles = BUTTONS if role == "button" else (role,)
        found = []
        stack = [inside if inside is not None else self.root()]
        while stack:
            item = stack.pop()
            if item is None:
                continue
            try:
                its_role = fresh(item).getRoleName()
                fits = (role is None or its_role in roles) and (name is None or item.name == name) \
                    and (holds is None or holds in item.name)
                if fits:
                    found.append(item)
                if its_role not in CLOSED or item is inside:
                    stack.extend(reversed(list(item)))
            except Exception:
                continue
        return found

    def find(self, **what):
        return wait_for(lambda: self.all(**what), f"an object with {what}")[0]

    def press(self, **what):
        item = self.find(**what)
        item.queryAction().doAction(0)
        return item

    def choose(self, name):
        """Presses a toggle button and waits until it is down: that takes GTK a moment."""
        import pyatspi
        item = self.press(role="button", name=name)
        states = (pyatspi.STATE_PRESSED, pyatspi.STATE_CHECKED)
        wait_for(lambda: any(fresh(item).getState().contains(state) for state in states), f"{name} to be chosen")

    def box(self, item):
        """About: x, y, width, height on the screen: there is no window manager, so the window is the screen's corner.

        GTK 4.18 leaves out borders and padding of what the item lies in, 10 pixels for the canvas, more inside panels: good for
        the middle of large things only; see aim()."""
        import pyatspi
        extents = item.queryComponent().getExtents(pyatspi.WINDOW_COORDS)
        return extents.x, extents.y, extents.width, extents.height

    def aim(self, item, act, is_done, what, across=0.5, down=0.5, bring=None):
        """Does act(x, y) at a place of an item, and at places right of and below it where that was beside the item: see box().

        @across, @down: the place as shares of the item's size; above 1 as pixels
        @bring: brings the item in sight, before each try: the one before may have moved it"""
        for off in (0, 8, 16, 24, -8):
            if bring is not None:
                bring(item)
            x, y, width, height = self.box(fresh(item))
            x += across if across > 1 else width * across
            y += down if down > 1 else height * down
            act(int(x) + off, int(y) + off)
            try:
                return wait_for(is_done, what, PATIENCE)
            except AssertionError:
                continue
        raise AssertionError(f"aimed in vain at {item.name or item.getRoleName()} for {what}")

    dialogs = ("Export ", "Save ")  # what the titles of dialogs for files begin with

    def windows(self):
        """Windows and dialogs."""
        root = self.root()
        return [item for item in (root if root is not None else []) if item is not None]

    def titles(self):
        """Of windows and dialogs, without those that go while they are looked at."""
        found = []
        for item in self.windows():
            try:
                found.append(item.name)
            except Exception:
                continue
        return found

    def dialog(self):
        """The dialog for files: 'Save figure' comes over 'Export figure', which is none."""
        windows = [item for start in reversed(self.dialogs) for item in self.windows() if item.name.startswith(start)]
        return windows[0] if windows else None

    def field(self):
        """The field of the dialog that takes a path."""
        fields = [item for role in ("text", "entry") for item in self.all(role=role, inside=self.dialog())]
        only = fields[0] if len(fields) == 1 else None  # GTK 4.18 does not always give it the keyboard
        return next((item for item in fields if fresh(item).getState().contains(focused())), only)

    def fill(self, path):
        """Puts a path into the field of the dialog, which may just be taking the place of another; whether it is there."""
        field = self.field()
        if field is None:
            return False
        if not fresh(field).getState().contains(focused()):
            try:
                field.queryComponent().grabFocus()
            except Exception:
                pass  # GTK 4.18 gives it to a part of the field alone, and that has it already
        field.queryEditableText().setTextContents(path)
        text = fresh(field).queryText()
        return text.getText(0, text.characterCount) == path

    def type_path(self, path):
        """Into the dialog for files, all at once: it completes what is typed, a little later and not always in place."""
        title = wait_for(self.dialog, "a dialog").name
        time.sleep(0.5)
        focus_window()
        if os.path.isdir(path):
            hand("key", "ctrl+l")
        wait_for(self.field, "a field for the path")
        time.sleep(0.3)
        wait_for(lambda: self.fill(path), f"{path} in the field of the dialog")
        for _ in range(2):
            hand("key", "Return")  # the first one may only close the list of completions
            time.sleep(0.4)
            if title not in self.titles():
                break
        wait_for(lambda: title not in self.titles(), "the dialog to close")
        focus_window()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def fresh(item):
    """The object as it is now, not as it was when it was last looked at: see Program.root()."""
    return item


def focused():
    import pyatspi
    return pyatspi.STATE_FOCUSED


def hand(*args):
    subprocess.run(["xdotool", *[str(a) for a in args]], check=True, stdout=subprocess.DEVNULL)


def drag(*places, pause=0.02, keys=()):
    """Along places of the screen in small steps, as a hand moves: a jump may be over before the program has seen the button."""
    for key in keys:
        hand("keydown", key)
    hand("mousemove", *map(int, places[0]), "mousedown", 1)
    time.sleep(0.1)
    for (x0, y0), (x1, y1) in zip(places, places[1:]):
        for i in range(1, 9):
            hand("mousemove", int(x0 + (x1 - x0) * i / 8), int(y0 + (y1 - y0) * i / 8))
            time.sleep(pause)
    time.sleep(0.1)
    hand("mouseup", 1)
    for key in keys:
        hand("keyup", key)


def click(x, y):
    hand("mousemove", x, y, "click", 1)


def focus_window():
    """Without a window manager nobody gives the keyboard to a window."""
    def give():
        ids = subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "smoothscope"], capture_output=True,
                             text=True).stdout.split()
        if ids:
            hand("windowfocus", ids[-1])
        return ids
    wait_for(give, "a window on the screen")
    time.sleep(0.2)


def pixels(x, y, width, height):
    """The set of colours in a part of the screen, and its bytes."""
    raw = subprocess.run(["import", "-silent", "-window", "root", "-crop", f"{width}x{height}+{x}+{y}", "-depth", "8", "rgb:-"],
                         capture_output=True, check=True).stdout
    return {raw[i:i + 3] for i in range(0, len(raw), 3)}, raw


class Tap:
    """Runs steps in order and prints TAP; after a failed step the rest cannot be trusted and fails too."""

    def __init__(self, n):
        print("TAP version 13")
        print(f"1..{n}", flush=True)
        self.number = 0
        self.failed = 0
        self.is_broken = False

    def step(self, func, *args):
        self.number += 1
        name = func.__doc__.strip().rstrip(".")
        start = time.monotonic()
        try:
            if self.is_broken:
                raise AssertionError("an earlier step failed")
            func(*args)
        except Exception as error:
            self.failed += 1
            self.is_broken = True
            print(f"not ok {self.number} - {name}")
            for line in f"{type(error).__name__}: {error}".split("\n"):
                print(f"# {line}")
        else:
            print(f"ok {self.number} - {name} # {time.monotonic() - start:.1f} s")
        sys.stdout.flush()


def has_sample(data):
    """Whether there is a sample to open; says in TAP that there is none."""
    there = os.path.isdir(os.path.join(data, "sample"))
    if not there:
        print(f"1..0 # SKIP no sample in {data}")
    return there


def walk(sitting, steps):
    """Does the steps of a sitting, leaves a picture of the screen behind where one fails, and ends the program."""
    tap = Tap(len(steps))
    try:
        for step in steps:
            was_broken = tap.is_broken
            tap.step(step)
            if tap.is_broken and not was_broken:
                leave_picture()
        if tap.failed and sitting.program is not None:
            print("# " + sitting.program.stderr().replace("\n", "\n# "))
    finally:
        if sitting.program is not None:
            sitting.program.stop()
    return 1 if tap.failed else 0


def leave_picture():
    path = os.environ.get("SMOOTHSCOPE_TEST_PICTURE")
    if path:
        subprocess.run(["import", "-silent", "-window", "root", path], check=False)
