from exchange.report import Report


def test_a_part_that_is_shown_twice_can_fail_twice():
    report = Report()
    for _ in range(2):
        report.imported("problem/knot.xml", "problem", "Knot")
    for _ in range(2):
        report.mark_failed("problem/knot.xml", name="Knot", reason="It asks nothing.")
    assert report.counts() == {"found": 2, "imported": 0, "skipped": 0, "failed": 2}
