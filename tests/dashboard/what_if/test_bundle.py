"""Modules that import one another become one script in which each keeps its own names."""

import re

import pytest

from dashboard.what_if.bundle import bundle, without_comments


def modules(folder, **sources):
    """A folder with these modules."""
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder


def test_a_module_stands_after_those_that_it_imports(tmp_path):
    scripts = modules(
        tmp_path,
        page='import { one } from "./parts.js";\nexport const two = one + one;\n',
        parts="const secret = 1;\nexport const one = secret;\n",
    )

    script = bundle("page", scripts=scripts)

    assert script.index("module_parts = ") < script.index("module_page = ")
    assert "const { one } = module_parts;" in script
    assert script.endswith("const { two } = module_page;\n")
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)


def test_a_module_that_two_need_is_there_once(tmp_path):
    scripts = modules(
        tmp_path,
        page='import { a } from "./left.js";\nimport { b } from "./right.js";\n',
        left='import { one } from "./parts.js";\nexport const a = one;\n',
        right='import { one } from "./parts.js";\nexport const b = one;\n',
        parts="export const one = 1;\n",
    )

    assert bundle("page", scripts=scripts).count("module_parts = (") == 1


def test_modules_that_import_each_other_are_named(tmp_path):
    scripts = modules(
        tmp_path,
        one='import { b } from "./two.js";\nexport const a = 1;\n',
        two='import { a } from "./one.js";\nexport const b = 1;\n',
    )

    with pytest.raises(ValueError, match="one -> two -> one: modules import each other"):
        bundle("one", scripts=scripts)


def test_comments_go_and_the_script_stays():
    script = 'a("/*"); // why\n/* A block\n   of two lines. */\n  // alone\nb("http://x");\n'

    assert without_comments(script) == 'a("/*"); // why\nb("http://x");\n'


@pytest.mark.parametrize("entry", ["site", "file"])
def test_the_page_s_own_scripts_have_no_import_left(entry):
    assert not re.search(r"^(import|export) ", bundle(entry), re.MULTILINE)
