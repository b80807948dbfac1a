"""Repositories made of libraries that the distribution has installed.

pkg-config says how to use each of them, or the WORKSPACE itself does for those
that ship no .pc file; nothing is downloaded. After an upgrade of the libraries
run `bazel sync --configure`.
"""

_BUILD = """\
package(default_visibility = ["//visibility:public"])
"""

_LIBRARY = """
cc_library(
    name = "{name}",
    hdrs = glob([include + "/**/*.h" for include in {includes}]),
    defines = {defines},
    includes = {includes},
    linkopts = {linkopts},
)
"""

_PROGRAM = """
exports_files(["{name}"])
"""

def _flags(rctx, module):
    if not module or module.startswith("-"):
        return [flag for flag in module.split(" ") if flag]
    result = rctx.execute(["pkg-config", "--cflags", "--libs", module])
    if result.return_code:
        fail("pkg-config %s: %s" % (module, result.stderr))
    return [flag for flag in result.stdout.strip().split(" ") if flag]

def _options(rctx, module):
    flags = _flags(rctx, module)
    return struct(
        defines = [flag[2:] for flag in flags if flag.startswith("-D")],
        includes = [flag[2:] for flag in flags if flag.startswith("-I")],
        linkopts = [flag for flag in flags if flag.startswith("-l") or flag.startswith("-L") or flag.startswith("-Wl,") or flag == "-pthread"],
    )

def _unique_libraries(linkopts):
    seen = {}
    result = []
    for flag in linkopts:
        if not (flag.startswith("-l") and flag in seen):
            result.append(flag)
        seen[flag] = True
    return result

def _system_library_impl(rctx):
    packages = {}
    for label, module in rctx.attr.libraries.items():
        package, _, name = label.partition(":")
        flags = _options(rctx, module)
        includes = []
        for path in flags.includes:
            include = path.split("/")[-1]
            rctx.symlink(path, rctx.path(package).get_child(include) if package else include)
            includes.append(include)
        packages.setdefault(package, []).append(_LIBRARY.format(
            name = name,
            defines = flags.defines,
            includes = includes,
            linkopts = rctx.attr.linkopts.get(label, []) + _unique_libraries(flags.linkopts),
        ))
    for label, program in rctx.attr.programs.items():
        package, _, name = label.partition(":")
        path = rctx.which(program)
        if not path:
            fail("%s is not installed" % program)
        rctx.symlink(path, rctx.path(package).get_child(name) if package else name)
        packages.setdefault(package, []).append(_PROGRAM.format(name = name))

    rctx.file("WORKSPACE")
    for package, targets in packages.items():
        rctx.file(package + "/BUILD.bazel" if package else "BUILD.bazel", _BUILD + "".join(targets))

system_library = repository_rule(
    implementation = _system_library_impl,
    attrs = {
        "libraries": attr.string_dict(doc = "package:target to pkg-config module, or to the options themselves (\"-I/usr/include/foo -lfoo\")"),
        "linkopts": attr.string_list_dict(doc = "package:target to options ahead of pkg-config's"),
        "programs": attr.string_dict(doc = "package:target to program on PATH"),
    },
    configure = True,
)
