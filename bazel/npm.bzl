"""npm packages that `tools/setup` has installed, as a repository."""

def _npm_packages_impl(rctx):
    folder = rctx.path(rctx.attr.package_json).dirname
    modules = folder.get_child("node_modules")
    if not modules.exists:
        fail("the npm packages of %s are not installed: run tools/setup" % folder)
    rctx.symlink(modules, "node_modules")
    rctx.file("WORKSPACE")

    # The folder as one artifact: it holds thousands of files, and tests want all or none.
    rctx.file("BUILD.bazel", "exports_files([\"node_modules\"])\n")

npm_packages = repository_rule(
    implementation = _npm_packages_impl,
    attrs = {"package_json": attr.label(mandatory = True, allow_single_file = True)},
    configure = True,
    local = True,
)
