"""Stored models: signed bytes in, a model out. Nothing is unpickled that the secret does not vouch for."""

import hashlib
import hmac
import pickle
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from importlib.metadata import version as installed
from io import BytesIO
from threading import Lock
from typing import Any

import joblib
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joblib.numpy_pickle import NumpyUnpickler
from sklearn.pipeline import Pipeline

from segmentation.errors import ArtifactError
from segmentation.features.plan import FeatureBuilder
from segmentation.features.recipes import Feature
from segmentation.projection import Projection

LIBRARIES = ("scikit-learn", "numpy", "scipy", "joblib", "pandas")
KEY_PURPOSE = b"kindred model artifact"

# What a bundle is made of, and nothing else: every class and function its pickle may name.
ALLOWED = {
    "_codecs": {"encode"},
    "builtins": {"slice"},
    "datetime": {"date"},
    "joblib.numpy_pickle": {"NumpyArrayWrapper"},
    "numpy": {"dtype", "ndarray"},
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "segmentation.features.categories": {"CategoryEncoder"},
    "segmentation.features.plan": {"FeatureBuilder"},
    "segmentation.features.recipes": {"Feature"},
    "segmentation.features.transformers": {
        "FlagScaler",
        "MedianImputer",
        "QuantileClipper",
        "SkewTransformer",
        "Weigher",
    },
    "segmentation.modelling.artifacts": {"ModelBundle"},
    "segmentation.modelling.assigners": {"Mixture", "Nearest"},
    "segmentation.modelling.regrouping": {"Divided"},
    "segmentation.projection": {"Projection"},
    "sklearn.cluster._kmeans": {"KMeans"},  # the last step of models stored before there were assigners
    "sklearn.compose._column_transformer": {"ColumnTransformer"},
    "sklearn.pipeline": {"Pipeline"},
    "sklearn.preprocessing._data": {"PowerTransformer", "StandardScaler"},
}


@dataclass(frozen=True)
class ModelBundle:
    """Everything that assigning a customer and placing them on the map needs.

    Attributes
    ----------
    pipeline : Pipeline
        Steps ``derive``, ``prepare``, ``cluster``, of which the last is one of the `assigners`.
    projection : Projection
        Principal components of the prepared training matrix.
    features : tuple of Feature
    inputs : list of str
        Raw attributes the features are made of.
    feature_names, feature_labels : list of str
        Of the columns of the prepared matrix.
    as_of : date
        The day ages and tenures were counted to in training.
    k : int
        Segments, Unassigned not among them.
    leaves_out : bool
        It leaves customers unassigned: they have the label `k`, the last.
    algorithm : str
    """

    pipeline: Pipeline
    projection: Projection
    features: tuple[Feature, ...]
    inputs: list[str]
    feature_names: list[str]
    feature_labels: list[str]
    as_of: date
    k: int
    leaves_out: bool = False
    algorithm: str = "kmeans"

    @property
    def labels(self) -> int:
        """How many labels there are: the segments, and Unassigned where anybody is."""
        return self.k + self.leaves_out

    @property
    def unassigned(self) -> int | None:
        """The label of those who are in no segment."""
        return self.k if self.leaves_out else None

    def at(self, as_of: date) -> "ModelBundle":
        """The same model with ages and tenures counted to another day."""
        if as_of == self.as_of:
            return self
        derive = FeatureBuilder(self.features, as_of)
        return replace(self, pipeline=Pipeline([("derive", derive), *self.pipeline.steps[1:]]), as_of=as_of)


@dataclass(frozen=True)
class Signed:
    """The bytes of a model and what vouches for them."""

    body: bytes
    sha256: str
    hmac: str


def libraries() -> dict[str, str]:
    """The installed versions of what a model is made with."""
    return {name: installed(name) for name in LIBRARIES}


def dump(bundle: ModelBundle, *, dataset: str, version: int, secret: str) -> Signed:
    """The bundle as signed bytes, bound to its dataset and version."""
    file = BytesIO()
    joblib.dump(bundle, file)
    return sign(file.getvalue(), dataset=dataset, version=version, secret=secret)


def sign(body: bytes, *, dataset: str, version: int, secret: str) -> Signed:
    """Vouch for bytes: their sha256, and an HMAC over dataset, version and sha256."""
    digest = hashlib.sha256(body).hexdigest()
    return Signed(body, digest, _mac(secret, dataset, version, digest))


def load(
    signed: Signed, *, dataset: str, version: int, made_with: dict[str, str], secrets: Sequence[str]
) -> ModelBundle:
    """The bundle, if it is the one that was stored.

    Parameters
    ----------
    made_with : dict
        Versions of the libraries at training (`libraries`).
    secrets : sequence of str
        The installation's, then the previous one while it is rotated; empty ones are passed over.

    Raises
    ------
    ArtifactError
        The bytes were changed, belong to another dataset or version, or were signed with another secret;
        they were made with another scikit-learn; or they hold something that is no part of a model.
    """
    where = f"model {version} of dataset {dataset!r}"
    if not hmac.compare_digest(hashlib.sha256(signed.body).hexdigest(), signed.sha256):
        raise ArtifactError(
            f"{where} was changed after it was stored (sha256 differs); train again or restore a backup"
        )
    known = [_mac(secret, dataset, version, signed.sha256) for secret in secrets if secret]
    if not any(hmac.compare_digest(mac, signed.hmac) for mac in known):
        raise ArtifactError(
            f"{where} is not vouched for by this installation's secret (HMAC differs); set KINDRED_SECRET_KEY, or "
            "KINDRED_PREVIOUS_SECRET_KEY, to the secret it was stored with, or train again"
        )
    trained, present = made_with.get("scikit-learn"), installed("scikit-learn")
    if trained != present:
        raise ArtifactError(f"{where} was trained with scikit-learn {trained}, installed is {present}; train again")
    return _unpickled(signed.body, where)


def _mac(secret: str, dataset: str, version: int, digest: str) -> str:
    return hmac.new(_key(secret), f"{dataset}|{version}|{digest}".encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=KEY_PURPOSE).derive(secret.encode())


class _Unpickler(NumpyUnpickler):
    """joblib's unpickler, held to what a bundle is made of (an internal of joblib: pinned and tested)."""

    def find_class(self, module: str, name: str) -> Any:
        if name not in ALLOWED.get(module, ()):
            raise pickle.UnpicklingError(f"{module}.{name}")
        return super().find_class(module, name)


def _unpickled(body: bytes, where: str) -> ModelBundle:
    try:
        bundle = _Unpickler("", BytesIO(body), ensure_native_byte_order=True).load()
    except pickle.UnpicklingError as error:
        raise ArtifactError(f"{where} holds {error}, which is no part of a model; train again") from None
    if not isinstance(bundle, ModelBundle):
        raise ArtifactError(f"{where} holds a {type(bundle).__name__}, not a model; train again")
    return bundle


class BundleCache:
    """The last few models a process loaded, so that a simulator's slider does not unpickle at every move."""

    def __init__(self, size: int = 8) -> None:
        self._size = size
        self._bundles: OrderedDict[tuple[str, int, str], ModelBundle] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, int, str], load: Callable[[], ModelBundle]) -> ModelBundle:
        """The bundle of `key` (database address, version, sha256), loaded when it is not there."""
        with self._lock:
            if key in self._bundles:
                self._bundles.move_to_end(key)
                return self._bundles[key]
        bundle = load()
        with self._lock:
            self._bundles[key] = bundle
            while len(self._bundles) > self._size:
                self._bundles.popitem(last=False)
        return bundle
