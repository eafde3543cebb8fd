"""The plot is well-formed, and every series of every data set is on it, to scale."""

from xml.etree import ElementTree

from infra.simulation.plot import Row, draw

SVG = "{http://www.w3.org/2000/svg}"
ROW = Row(
    title="A & B",
    hours=[-2, -1, 0],
    waits={"ours": [0, 9, 99], "<theirs>": [9, None, 9]},
    people=["Ada", "Ewa"],
    shares={"ours": [10, 20], "<theirs>": [0, 5]},
)


def series(text: str) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(text)
    assert root.tag == f"{SVG}svg"
    return {each.attrib["data-series"]: each for each in root.iter() if "data-series" in each.attrib}


def test_every_series_is_there_and_in_the_legend() -> None:
    assert list(series(draw([ROW, Row("C", [0], {}, ["Ada"], {"ours": [1]})], ["ours", "<theirs>"]))) == [
        "legend ours",
        "legend <theirs>",
        "A & B waits ours",
        "A & B waits <theirs>",
        "A & B work ours",
        "A & B work <theirs>",
        "C work ours",
    ]


def test_an_hour_in_which_nothing_came_has_no_point() -> None:
    points = series(draw([ROW], ["ours", "<theirs>"]))["A & B waits <theirs>"].attrib["points"].split()
    assert len(points) == 2


def test_waits_are_drawn_by_their_logarithm_and_shares_by_their_size() -> None:
    found = series(draw([ROW], ["ours", "<theirs>"]))
    heights = [float(point.split(",")[1]) for point in found["A & B waits ours"].attrib["points"].split()]
    assert round(heights[0] - heights[1], 0) == round(heights[1] - heights[2], 0) > 0
    ours, theirs = (
        [float(each.attrib["cy"]) for each in found[f"A & B work {name}"].iter(f"{SVG}circle")]
        for name in ("ours", "<theirs>")
    )
    assert theirs[0] - ours[1] == 2 * (theirs[0] - ours[0]) > 0


def test_axes_say_what_they_measure_and_in_what() -> None:
    words = {each.text for each in ElementTree.fromstring(draw([ROW], ["ours", "<theirs>"])).iter(f"{SVG}text")}
    assert {
        "A & B: wait until work begins",
        "mean wait, minutes (log scale)",
        "hour of arrival",
        "A & B: work by person",
        "minutes of work per hour there",
        "Ada",
        "22",
        "ours",
        "<theirs>",
    } <= words
