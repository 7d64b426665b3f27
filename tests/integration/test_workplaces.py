"""What a killed reading left is swept by the next one; what a living one works on stays."""

import os
import signal
import subprocess
import sys

from segmentation.ingest.workplace import sweep, workplace

HOLD = """
import sys, time
from pathlib import Path
from segmentation.ingest.workplace import workplace
with workplace(Path(sys.argv[1])) as place:
    (place / "staged.duckdb").write_text("customers")
    print(place, flush=True)
    time.sleep(60)
"""


def test_folders_of_dead_processes_go_and_those_of_living_ones_stay(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    place = child.stdout.readline().strip()
    with workplace(tmp_path) as mine:
        assert sorted(os.listdir(tmp_path)) == sorted([mine.name, os.path.basename(place)])
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert sweep(tmp_path) == 1
        assert os.listdir(tmp_path) == [mine.name]
    assert os.listdir(tmp_path) == []
