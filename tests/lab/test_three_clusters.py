"""N is not two: a third cluster joins a running lab by config alone, and leaves it again."""

from tests.lab.labs import Lab


def test_a_third_cluster_comes_up_beside_two_that_stay_as_they_are(lab: Lab) -> None:
    before = [lab.get(number, "nodes")["items"][0]["metadata"]["uid"] for number in (1, 2)]
    lab.describe(1, 2, 3)
    try:
        table = lab.up()
        assert "cluster03" in table
        after = [lab.get(number, "nodes")["items"][0]["metadata"]["uid"] for number in (1, 2)]
        assert after == before
        assert lab.kubectl(3, "get", "--raw", "/readyz") == "ok"
    finally:
        lab.run("down", "--cluster", "cluster03")
        lab.describe(1, 2)
    assert lab.run("status").returncode == 0
