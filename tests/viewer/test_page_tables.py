"""Measurements in the page: cards as steps have them, and their tables."""

import csv
from pathlib import Path
from typing import Any

import pytest
from viewer_page import add, cards, frame, show_panel, write_yaml, yaml_text

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

MASKED = """version: 1
steps:
  - {step: drop_frames, indices_to_drop: [0]}
  - step: remove_plane
  - step: mask_threshold
    threshold: 1.0
"""


def test_a_measurement_is_added_and_its_table_saved(tab: Any) -> None:
    write_yaml(tab, MASKED)
    expect(tab.locator("#steps .card-name")).to_have_count(3)
    add(tab, "analysis", "features")
    assert cards(tab, "analysis") == ["features"]
    tab.get_by_label("connectivity", exact=True).select_option("4")
    expect(tab.locator("#recipe-text")).to_have_value(
        f"{MASKED}\nanalysis:\n  - measure: features\n    connectivity: 4\n"
    )
    show_panel(tab, "tables")
    tab.get_by_role("button", name="Measure the movie").click()
    expect(tab.locator("#tables h2")).to_have_text(["features"])
    rows = tab.locator("#tables tbody tr")
    with tab.expect_download() as saving:
        tab.get_by_role("link", name="Save CSV").click()
    saved = list(csv.DictReader(Path(saving.value.path()).read_text().splitlines()))
    assert len(saved) == rows.count() > 0
    assert saving.value.suggested_filename == "features.csv"
    rows.last.get_by_role("button").first.click()
    number = int(saved[-1]["frame"])
    frame(tab, number - 1)
    expect(tab.locator("#time")).to_contain_text(f"frame {number} (place {number - 1} of 0 to 4)")
    show_panel(tab, "recipe")
    add(tab, "steps", "gaussian_filter")
    expect(tab.locator("#tables h2")).to_have_count(0)
    assert "measure: features" in yaml_text(tab)


def test_without_a_mask_the_page_says_what_to_add(tab: Any) -> None:
    show_panel(tab, "tables")
    expect(tab.get_by_role("button", name="Measure the movie")).to_be_disabled()
    show_panel(tab, "recipe")
    add(tab, "analysis", "features")
    show_panel(tab, "tables")
    tab.get_by_role("button", name="Measure the movie").click()
    expect(tab.locator("#tables-message")).to_contain_text("features: there is no mask: add a step")
