# SPDX-License-Identifier: GPL-3.0-or-later
"""A room for one GIMP: a settings folder of its own with the plug-in in it, batches in Script-Fu, answers in files."""
import os
import shutil
import subprocess
import tempfile

FOLDERS = ["brushes", "dynamics", "fonts", "gradients", "palettes", "patterns", "plug-ins", "tool-presets"]
WAIT = 240  # seconds; the first start looks at every plug-in


def missing(gimp, plug_in):
    """Why there is nothing to test, or None."""
    if not gimp or shutil.which(gimp) is None:
        return "GIMP 2.10 is not installed"
    if not plug_in or not os.path.exists(plug_in):
        return "the plug-in was built without libgimp-2.0"
    return None


def quoted(text):
    return '"' + str(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


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
        self.env = {**os.environ, "GIMP2_DIRECTORY": self.settings, "LC_ALL": "C.UTF-8", "LANGUAGE": "en",
                    "SMOOTHSCOPE_DATA_DIR": data, "XDG_STATE_HOME": self.home, "XDG_CONFIG_HOME": self.home, "XDG_CACHE_HOME": self.home,
                    "GSETTINGS_BACKEND": "memory"}
        self.said = ""  # by the last batch, on stderr

    def path(self, name):
        return os.path.join(self.home, name)

    def copy(self, folder, name):
        """A copy of a folder that may be written to."""
        shutil.copytree(folder, self.path(name))
        return self.path(name)

    def batch(self, script):
        """Runs a script; what it writes with (say ...) comes back as lines."""
        answer = self.path("answer")  # closed by the end of GIMP after a script that fails
        if os.path.exists(answer):
            os.remove(answer)
        whole = f"""(begin
          (define port (open-output-file {quoted(answer)}))
          (define (say . items) (for-each (lambda (item) (display item port) (display " " port)) items) (newline port))
          {script}
          (close-output-port port))"""
        done = subprocess.run([self.gimp, "-i", "-n", "-d", "-f", "-b", whole, "-b", "(gimp-quit 1)"], env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=WAIT, check=False)
        self.said = done.stdout.decode("utf-8", "replace")
        if not os.path.exists(answer):
            return []
        with open(answer, encoding="utf-8", errors="replace") as file:
            return [line.strip() for line in file]

    def remove(self):
        shutil.rmtree(self.home, ignore_errors=True)
