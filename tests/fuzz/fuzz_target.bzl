"""Fuzz targets."""

def fuzz_target(name, srcs, deps):
    """A function that is run over inputs without end (libFuzzer), and over its seeds by `bazel test`.

    Makes NAME, the fuzzer, which only --config=fuzz builds and tools/fuzz runs, and NAME_seeds_test, an ordinary test of the same
    function over the seeds and their beginnings. A dictionary for the fuzzer may be in dictionaries/NAME.dict.

    Args:
      name: also the name of the folder seeds/NAME, which holds one input per file
      srcs: define signet::fuzz::TestOneInput (fuzz.h)
      deps: what srcs include beside fuzz.h
    """
    native.cc_library(
        name = name + "_target",
        testonly = True,
        srcs = srcs,
        deps = deps + [":fuzz"],
    )
    native.cc_binary(
        name = name,
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [
            ":libfuzzer_entry",
            ":%s_target" % name,
        ],
    )
    native.cc_test(
        name = name + "_seeds_test",
        size = "small",
        args = ["%s/seeds/%s" % (native.package_name(), name)],
        data = native.glob(["seeds/%s/*" % name]),
        deps = [
            ":seeds_main",
            ":%s_target" % name,
        ],
    )
