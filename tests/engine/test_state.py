"""What an update leaves in the state, which the engine writes anew at every step."""

from tests.engine.conftest import Project

PROGRAM = """
import pulumi
from components.plumbing.sdk import leave_out_launcher


class Any(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("cilium-clustermesh:index:Any", name)


leave_out_launcher()
Any("any")
"""


def test_a_state_tells_where_a_resource_stands_in_the_program_and_nothing_of_the_machine(
    project: Project,
) -> None:
    """The frames of Python's and the SDK's own files are of another path on every machine."""
    (project.folder / "__main__.py").write_text(PROGRAM)
    done = project.up()
    assert done.returncode == 0, done.stdout
    (made,) = [one for one in project.state() if one["type"].endswith(":Any")]
    place = "project:///__main__.py#12"
    assert [frame["sourcePosition"] for frame in made["stackTrace"]] == [place]
    assert made["sourcePosition"] == place
