"""Section 7 of the contract: a person signs in with the user name, or with the verified address."""

import oauth
from expect import ok, unique, unique_address
from oauth import PASSWORD, person_of, sign_in


def signs_in(instance, name, password=PASSWORD):
    """Whether somebody of that name does; and as whom."""
    oauth.forget_attempts(instance)
    browser = oauth.Browser(instance.url)
    browser.get("/auth/sign-in")
    browser.sign_in(name, password)
    return browser.page.status_code == 303 or "Sign out" in browser.page.text


def sessions(person):
    return len(ok(person.client.get("/users/me/sessions")))


def test_a_person_signs_in_with_the_address(instance):
    person, address = person_of(instance), unique_address()
    ok(instance.admin.client.patch("/users/" + person.id, json={"email": address}))
    for name in (address, address.upper(), person.name):
        before = sessions(person)
        assert signs_in(instance, name) and sessions(person) == before + 1
    assert not signs_in(instance, address, "wrong password") and sessions(person) == 3


def test_an_address_that_is_not_verified_signs_nobody_in(instance):
    person, other, address = person_of(instance), person_of(instance, password=PASSWORD + "2"), unique_address()
    ok(person.client.patch("/users/" + person.id, json={"email": address}))
    assert not signs_in(instance, address)
    ok(instance.admin.client.patch("/users/" + other.id, json={"email": address}))
    assert not signs_in(instance, address) and sessions(person) == 0
    assert signs_in(instance, address, PASSWORD + "2") and sessions(other) == 1
    ok(other.client.patch("/users/" + other.id, json={"email": None}))
    assert not signs_in(instance, address, PASSWORD + "2")


def test_a_name_that_is_the_verified_address_of_somebody_else_means_that_one(instance):
    """Such a name is older than the rule against it."""
    person, other, address = person_of(instance), person_of(instance, password=PASSWORD + "2"), unique_address()
    instance.installation.sql("UPDATE orgd.orgd_accounts SET name = %s, name_key = %s WHERE id = UNHEX(%s)",
                              (address, address, person.id.replace("-", "")))
    assert signs_in(instance, address) and sessions(person) == 1
    ok(instance.admin.client.patch("/users/" + other.id, json={"email": address}))
    assert not signs_in(instance, address) and signs_in(instance, address, PASSWORD + "2") and sessions(other) == 1
