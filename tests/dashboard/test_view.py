"""What a link to Explore shows; what it says wrongly does no harm."""

import pytest

from dashboard.view import Words, address, first_groups, grouped_by, view, words_for
from store.schema import Grouping
from tests import builders

PROFILES = {
    "drinks": builders.profile(
        groupings=(
            Grouping(column="shop", label="Shop", groups=(builders.group("a", "At the corner"),)),
        )
    ),
    "other": builders.profile(name="other"),
}


def test_a_link_without_words_shows_the_default():
    found = view(PROFILES, "drinks")

    assert (found.profile.name, found.profile.group_by) == ("drinks", "kind")
    assert (found.column, found.compare) == ("acidity", None)


def test_a_link_chooses_grouping_column_and_another_table():
    found = view(PROFILES, "drinks", by="shop", column="sugar", compare="other")

    assert [group.label for group in found.profile.groups] == ["At the corner"]
    assert (found.column, found.compare.name) == ("sugar", "other")
    assert found.groupings == ("kind", "shop")  # the way back is there


@pytest.mark.parametrize("part", ["profile", "by", "column", "compare"])
@pytest.mark.parametrize("wrong", ["nope", "<script>", "a" * 5_000, " "])
def test_unknown_words_are_as_nobody_had_asked(part, wrong):
    assert view(PROFILES, "drinks", **{part: wrong}) == view(PROFILES, "drinks")


def test_a_table_is_not_compared_with_itself():
    assert view(PROFILES, "drinks", compare="drinks").compare is None


def test_a_release_without_a_default_shows_its_first_profile():
    assert view({"other": PROFILES["other"]}, "").profile.name == "other"


def test_a_release_without_profiles_has_no_view():
    assert view({}, "drinks") is None


def test_a_grouping_that_went_away_leaves_the_profile_as_it_is():
    assert grouped_by(PROFILES["drinks"], "gone") is PROFILES["drinks"]


def test_of_many_groups_the_five_largest_are_drawn_at_first():
    groups = tuple(builders.group(str(i), str(i), rows=10 * (i % 7)) for i in range(20))

    chosen = first_groups(builders.profile(groups=groups))

    assert chosen == ["5", "6", "12", "13", "19"]  # in their own order


def test_an_address_spells_any_name():
    assert address(profile="wine", column="a&b ä") == "/explore?profile=wine&column=a%26b+%C3%A4"
    assert address(profile="") == "/explore"


def test_what_a_model_was_asked_is_called_so_beside_what_it_was_trained_on():
    forth, back = words_for("wine", "wine-asked"), words_for("wine-asked", "wine")

    assert forth.legend == ("trained on", "asked about")
    assert forth.sentence == ("what wine was trained on", "what it was asked about")
    assert back.legend == ("asked about", "trained on")
    assert back.sentence == ("what wine was asked about", "what it was trained on")


def test_other_tables_keep_their_names_beside_each_other():
    assert words_for("wine", "beer-asked") == Words(("wine", "beer-asked"), ("wine", "beer-asked"))
