"""Fixtures of the tests of members and teams, for the modules that import them."""

import pytest

from people import wrong_masks


@pytest.fixture(scope="module")
def owner(instance):
    return instance.user(limit=1000)


@pytest.fixture
def org(instance, owner):
    return instance.organization(owner)


@pytest.fixture
def member_with(instance, org):
    def make(role="member"):
        user = instance.user()
        instance.member(org["id"], user, role)
        return user
    return make


@pytest.fixture(autouse=True)
def no_wrong_masks(instance):
    yield
    assert wrong_masks(instance.installation) == []
