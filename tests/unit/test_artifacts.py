"""Stored models: only what the secret vouches for, and only what a model is made of, is unpickled."""

import hashlib
import os
import pickle
from datetime import date
from io import BytesIO

import joblib
import numpy as np
import pytest
from sklearn.cluster import KMeans
from unit.test_pipeline import fitted_on, generated

from segmentation import scoring
from segmentation.errors import ArtifactError
from segmentation.modelling import artifacts
from segmentation.modelling.artifacts import BundleCache, Signed, dump, libraries, load, sign

OPTIONS = {"dataset": "shop", "version": 7, "made_with": libraries(), "secrets": ["secret", ""]}


@pytest.fixture(scope="module")
def bundle():
    return fitted_on(generated(300)).bundle


@pytest.fixture
def signed(bundle) -> Signed:
    return dump(bundle, dataset="shop", version=7, secret="secret")


def test_save_load_assign_gives_identical_results(bundle, signed):
    _, frame = generated(300)
    before, after = scoring.assign(bundle, frame), scoring.assign(load(signed, **OPTIONS), frame)
    for name in ("label", "confidence", "distance", "runner_up"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))


def test_a_stored_model_is_small(signed):
    assert len(signed.body) < 50_000  # no training row is remembered


def test_changed_bytes_are_refused(signed):
    changed = Signed(signed.body[:-1] + b"x", signed.sha256, signed.hmac)
    with pytest.raises(ArtifactError, match="model 7 of dataset 'shop' was changed after it was stored"):
        load(changed, **OPTIONS)


def test_changed_bytes_with_a_matching_digest_are_refused(signed):
    body = signed.body + b"x"
    with pytest.raises(ArtifactError, match="not vouched for"):
        load(Signed(body, hashlib.sha256(body).hexdigest(), signed.hmac), **OPTIONS)


@pytest.mark.parametrize(
    "other", [{"dataset": "mall"}, {"version": 8}, {"secrets": ["another", ""]}, {"secrets": [""]}]
)
def test_a_model_of_another_dataset_version_or_secret_is_refused(signed, other):
    with pytest.raises(ArtifactError, match="HMAC differs"):
        load(signed, **{**OPTIONS, **other})


def test_the_previous_secret_is_accepted_while_it_is_rotated(signed):
    assert load(signed, **{**OPTIONS, "secrets": ["new", "secret"]}).k == 3


def test_another_scikit_learn_says_to_train_again(signed):
    with pytest.raises(ArtifactError, match=r"trained with scikit-learn 1\.2\.3, installed is .*; train again"):
        load(signed, **{**OPTIONS, "made_with": {"scikit-learn": "1.2.3"}})


class Payload:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self):
        return (os.system, (f"touch {self.path}",))


@pytest.mark.parametrize("write", [pickle.dump, joblib.dump])
def test_a_payload_that_calls_the_system_is_refused_even_when_signed(tmp_path, write):
    file, trace = BytesIO(), tmp_path / "ran"
    write(Payload(str(trace)), file)
    with pytest.raises(ArtifactError, match=r"holds (posix|nt|os)\.system, which is no part of a model"):
        load(sign(file.getvalue(), dataset="shop", version=7, secret="secret"), **OPTIONS)
    assert not trace.exists()


def test_a_payload_inside_an_array_of_objects_is_refused(tmp_path):
    file, trace = BytesIO(), tmp_path / "ran"
    joblib.dump(np.array([Payload(str(trace)), None], dtype=object), file)
    with pytest.raises(ArtifactError, match="no part of a model"):
        load(sign(file.getvalue(), dataset="shop", version=7, secret="secret"), **OPTIONS)
    assert not trace.exists()


def test_something_harmless_that_is_no_model_is_refused():
    file = BytesIO()
    joblib.dump(KMeans(2).fit([[0.0], [1.0]]), file)
    with pytest.raises(ArtifactError, match="holds a KMeans, not a model"):
        load(sign(file.getvalue(), dataset="shop", version=7, secret="secret"), **OPTIONS)


def test_joblibs_unpickler_still_asks_find_class():
    """The allow-list subclasses an internal of joblib: this is what breaks when joblib changes it."""
    assert artifacts._Unpickler.__mro__[1].__module__ == "joblib.numpy_pickle"
    with pytest.raises(pickle.UnpicklingError, match=r"builtins\.eval"):
        artifacts._Unpickler("", BytesIO(), ensure_native_byte_order=True).find_class("builtins", "eval")


def test_moving_the_day_moves_ages_and_nothing_else(bundle):
    _, frame = generated(300)
    later = bundle.at(date(2027, 1, 1))
    assert bundle.at(bundle.as_of) is bundle
    days = (date(2027, 1, 1) - bundle.as_of).days
    derive = [each.pipeline.named_steps["derive"].transform(frame)["joined"] for each in (bundle, later)]
    assert (derive[1] - derive[0] == days).all()


def test_the_cache_keeps_the_last_few_and_loads_once(bundle):
    loads = []

    def loader():
        loads.append(1)
        return bundle

    cache = BundleCache(size=2)
    for version in (1, 1, 2, 3, 1):
        cache.get(("db", version, "sha"), loader)
    assert len(loads) == 4
