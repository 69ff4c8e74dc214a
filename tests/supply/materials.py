"""The bill of materials, in CycloneDX's JSON: what the lab consists of, and under which licenses."""

from __future__ import annotations

from email.message import Message
from typing import Any

from tests.supply.lock import ROOT, Locked, canonical

BILL = ROOT / "assets" / "supply" / "sbom.cdx.json"
LICENSE = [{"license": {"id": "MIT"}}]
LAB_ITSELF = {
    "type": "application",
    "bom-ref": "cnnlab",
    "name": "cnnlab",
    "description": "The repository itself has no third-party script, style sheet or font; the screens use "
    "the system's fonts and those of Streamlit's package.",
    "licenses": LICENSE,
}
TRAINED_ON = (
    "trained on MNIST (LeCun, Cortes, Burges 1998; CC BY-SA 3.0) and Pen-Based Recognition of Handwritten "
    "Digits (Alpaydin, Alimoglu 1998; CC BY 4.0); see assets/digits/MODEL_CARD.md"
)
# What the repository ships besides its own text and pictures of its own screens.
SHIPPED = [
    {
        "type": "machine-learning-model",
        "bom-ref": "assets/digits/model.safetensors",
        "name": "assets/digits/model.safetensors",
        "description": f"Weights of the bundled digit reader, {TRAINED_ON}",
        "licenses": LICENSE,
    },
    {
        "type": "machine-learning-model",
        "bom-ref": "assets/digits/doubt.safetensors",
        "name": "assets/digits/doubt.safetensors",
        "description": f"Weights of the network that tells digits from all else, {TRAINED_ON}",
        "licenses": LICENSE,
    },
    {
        "type": "data",
        "bom-ref": "digits",
        "name": "digits",
        "description": "Optical Recognition of Handwritten Digits (Alpaydin, Kaynak 1998), 1,797 pictures; "
        "part of scikit-learn's package, not of the repository",
        "licenses": [{"license": {"id": "CC-BY-4.0"}}],
    },
]

# Licenses of packages whose metadata state none.
UNSTATED = {
    "axe-playwright-python": "MIT AND MPL-2.0",  # the latter for the axe-core in it
    "cuda-toolkit": "LicenseRef-NVIDIA-Proprietary",
    "namex": "Apache-2.0",
}


def purl(name: str, version: str) -> str:
    """Return a package's address in bills of materials."""
    return f"pkg:pypi/{name}@{version}"


def bill_of_materials(
    lock: dict[str, Locked],
    metadata: dict[str, Message],
    needs: dict[str, set[str]],
    roots: tuple[set[str], set[str]],
) -> dict[str, Any]:
    """Return the bill of all locked packages and of what the repository ships.

    `needs` has the packages that each needs; `roots` are the direct requirements of the lab and of its tests.
    What only the tests need has the scope "excluded": it is not a part of the lab.
    """
    lab, tests = roots
    refs = {name: purl(name, locked.version) for name, locked in lock.items()}
    runtime = reached(lab, needs)
    components = [
        {
            "type": "library",
            "bom-ref": refs[name],
            "name": name,
            "version": locked.version,
            "purl": refs[name],
            "scope": "required" if name in runtime else "excluded",
            "licenses": licenses(metadata[name]),
        }
        for name, locked in sorted(lock.items())
    ]
    graph = {"cnnlab": lab | tests, **{name: needs[name] for name in sorted(lock)}}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": LAB_ITSELF},
        "components": [*SHIPPED, *components],
        "dependencies": [
            {"ref": refs.get(name, name), "dependsOn": sorted(refs[each] for each in needed)}
            for name, needed in graph.items()
        ],
    }


def reached(roots: set[str], needs: dict[str, set[str]]) -> set[str]:
    """Return the roots and all that they need, directly or not."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs[name]
    return found


def licenses(metadata: Message) -> list[dict[str, Any]]:
    """Return a package's licenses as its metadata state them: an SPDX expression, else words."""
    if expression := metadata["License-Expression"] or UNSTATED.get(canonical(metadata["Name"])):
        return [{"expression": expression}]
    words = metadata["License"] or ""
    if words and "\n" not in words:
        return [{"license": {"name": words}}]
    classifiers = metadata.get_all("Classifier") or []
    names = [each.rpartition(" :: ")[2] for each in classifiers if each.startswith("License :: ")]
    return [{"license": {"name": name}} for name in names]
