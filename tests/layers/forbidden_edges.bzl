"""A test that asks `bazel query` for edges of the build graph."""

def _query(name, roots, edge):
    depth, source, target = edge
    closure = "deps(%s)" % " + ".join(roots)
    sources = 'filter("%s", %s)' % (source, closure)
    reached = "deps(%s, 1)" % sources if depth == "direct" else "deps(%s)" % sources
    native.genquery(
        name = name,
        testonly = True,
        expression = 'filter("%s", %s)' % (target, reached),
        scope = roots,
    )

def forbidden_edges_test(name, roots, edges, present):
    """Fails if the build graph has an edge that it must not have, or lacks one that it must have.

    Args:
      name: the test.
      roots: the targets whose dependencies are looked at.
      edges: why -> ("direct" or "all", pattern of the sources, pattern of the targets that they must not reach).
      present: the same for edges that must exist.
    """
    for why, edge in edges.items() + present.items():
        _query("%s.%s" % (name, why), roots, edge)
    native.sh_test(
        name = name,
        size = "small",
        srcs = ["layers_test.sh"],
        args = ["--empty"] + ["$(rootpath :%s.%s)" % (name, why) for why in edges] +
               ["--present"] + ["$(rootpath :%s.%s)" % (name, why) for why in present],
        data = [":%s.%s" % (name, why) for why in edges.keys() + present.keys()],
    )
