"""Where PyTorch has no wheels (Intel Macs, Windows on ARM) the CNN works; what needs it says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WITHOUT_TORCH = """
import sys
sys.modules.update(dict.fromkeys(("torch", "torchvision", "safetensors.torch")))  # importing them fails

import numpy as np
import imgenc_gui.gui.window.main_window
from imgenc_gui import cli
from imgenc_gui.core.networks import mobilenet_v3
from imgenc_gui.core.records.results import NetworkError
from imgenc_gui.core.records.sentences import sentence
from imgenc_gui.methods import CNN, CustomModel

vector = CNN().encode_image(image_array=np.zeros((50, 50, 3), np.uint8))
assert vector.shape == (1, 1024) and np.isfinite(vector).all()
try:
    mobilenet_v3.network_of(b"")
except NetworkError as error:
    print(sentence(error.failure))
try:
    own = CustomModel("mine", lambda x: x, np.asarray)
    CNN(model_config=own).encode_image(image_array=np.zeros((5, 5, 3), np.uint8))
except Exception as error:
    print(error)
"""


def test_the_cnn_needs_no_torch_and_what_needs_it_says_so(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )

    assert run.returncode == 0, run.stderr
    v3, own = run.stdout.splitlines()
    assert v3.startswith("MobileNet V3 needs PyTorch and torchvision, which can't be loaded")
    assert "torch" in own
