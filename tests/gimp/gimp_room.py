# SPDX-License-Identifier: GPL-3.0-or-later
"""A room for one GIMP: a settings folder of its own with the plug-in in it, batches in Script-Fu, answers in files."""
import os
import shutil
import subprocess
import tempfile

FOLDERS = ["brushes", "dynamics", "fonts", "gradients", "palettes", "patterns", "plug-ins", "tool-presets"]
WAIT = 240  # seconds; the first start looks at every plug-in


# Scripts are written in the words of GIMP 2.10; these say them in those of 3.0.
WORDS_OF_3 = """
  (define (counted answer) (list (vector-length (car answer)) (car answer)))
  (define layers-3 gimp-image-get-layers)
  (define (gimp-image-get-layers image) (counted (layers-3 image)))
  (define children-3 gimp-item-get-children)
  (define (gimp-item-get-children item) (counted (children-3 item)))
  (define (gimp-image-list) (counted (gimp-get-images)))
  (define load-3 gimp-file-load)
  (define (gimp-file-load mode path name) (load-3 mode path))
  (define save-3 gimp-xcf-save)
  (define (gimp-xcf-save mode image layer path name) (save-3 mode image path))
  (define layer-3 gimp-layer-new)
  (define (gimp-layer-new image width height type name opacity mode) (layer-3 image name width height type opacity mode))
  (define pixel-3 gimp-drawable-get-pixel)
  (define (gimp-drawable-get-pixel layer x y) (list 4 (list->vector (car (pixel-3 layer x y)))))
  (define gimp-drawable-offsets gimp-drawable-get-offsets)
  (define gimp-drawable-width gimp-drawable-get-width)
  (define gimp-drawable-height gimp-drawable-get-height)
  (define gimp-image-width gimp-image-get-width)
  (define gimp-image-height gimp-image-get-height)
  (define gimp-vectors-new gimp-path-new)
  (define gimp-image-insert-vectors gimp-image-insert-path)
  (define (gimp-vectors-stroke-new-from-points path type n points closed) (gimp-path-stroke-new-from-points path type points closed))
  (define ROTATE-180 ROTATE-DEGREES180)
  (define window-3 plug-in-smoothscope)
  (define (plug-in-smoothscope mode image drawable) (window-3 #:run-mode mode #:image image #:drawables (vector)))
"""


def is_3(gimp):
    return "3.0" in os.path.basename(gimp)


def missing(gimp, plug_in):
    """Why there is nothing to test, or None."""
    version, library = ("3.0", "libgimp-3.0") if is_3(gimp) else ("2.10", "libgimp-2.0")
    if shutil.which(gimp) is None:
        return f"GIMP {version} is not installed"
    if not plug_in or not os.path.exists(plug_in):
        return f"the plug-in was built without {library}"
    return None


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def load(gimp, path, section=None):
    """An expression that opens a file. What a script opens in GIMP 3.0 has no path: the section is attached."""
    expression = f"(car (gimp-file-load RUN-NONINTERACTIVE {quoted(path)} \"x\"))"
    if not is_3(gimp) or section is None:
        return expression
    return f"""(let ((opened {expression}))
      (gimp-image-attach-parasite opened (list "smoothscope-section" 1 {quoted(section)})) opened)"""


class Room:
    """A GIMP that has never run before."""

    def __init__(self, gimp, plug_in, data):
        self.gimp = gimp
        self.home = tempfile.mkdtemp(prefix="smoothscope-gimp-")
        self.settings = os.path.join(self.home, "gimp")
        for name in FOLDERS:
            os.makedirs(os.path.join(self.settings, name))
        own = os.path.join(self.settings, "plug-ins", os.path.basename(plug_in))
        os.makedirs(own)
        os.symlink(os.path.abspath(plug_in), os.path.join(own, os.path.basename(plug_in)))
        self.env = {**os.environ, "GIMP2_DIRECTORY": self.settings, "GIMP3_DIRECTORY": self.settings, "LC_ALL": "C.UTF-8", "LANGUAGE": "en",
                    "SMOOTHSCOPE_DATA_DIR": data, "XDG_STATE_HOME": self.home, "XDG_CONFIG_HOME": self.home, "XDG_CACHE_HOME": self.home,
                    "GSETTINGS_BACKEND": "memory"}
        self.said = ""  # by the last batch, on stderr

    def path(self, name):
        return os.path.join(self.home, name)

    def copy(self, folder, name):
        """A copy of a folder that may be written to."""
        shutil.copytree(folder, self.path(name))
        return self.path(name)

    def batch(self, script, *files):
        """Runs a script with files open; what it writes with (say ...) comes back as lines."""
        answer = self.path("answer")  # closed by the end of GIMP after a script that fails
        if os.path.exists(answer):
            os.remove(answer)
        whole = f"""(begin
          (define port (open-output-file {quoted(answer)}))
          (define (say . items) (for-each (lambda (item) (display item port) (display " " port)) items) (newline port))
          {WORDS_OF_3 if is_3(self.gimp) else ""}
          {script}
          (close-output-port port))"""
        if is_3(self.gimp):
            words = ["--batch-interpreter", "plug-in-script-fu-eval", "-b", whole, "--quit", *files]
        else:
            words = ["-b", whole, "-b", "(gimp-quit 1)", *files]
        done = subprocess.run([self.gimp, "-i", "-n", "-d", "-f", *words], env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=WAIT, check=False)
        self.said = done.stdout.decode("utf-8", "replace")
        if not os.path.exists(answer):
            return []
        with open(answer, encoding="utf-8", errors="replace") as file:
            return [line.strip() for line in file]

    def remove(self):
        shutil.rmtree(self.home, ignore_errors=True)
