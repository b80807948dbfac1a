"""C++ gRPC stubs for a proto_library."""

def _import_name(src, root):
    return src.path[len(root) + 1:] if root and src.path.startswith(root + "/") else src.short_path

def _grpc_codegen_impl(ctx):
    proto = ctx.attr.proto[ProtoInfo]
    names = [_import_name(src, proto.proto_source_root) for src in proto.direct_sources]
    outputs = []
    for name in names:
        stem = "%s/%s" % (ctx.label.name, name[:-len(".proto")])
        outputs.append(ctx.actions.declare_file(stem + ".grpc.pb.h"))
        outputs.append(ctx.actions.declare_file(stem + ".grpc.pb.cc"))

    args = ctx.actions.args()
    args.add_joined("--descriptor_set_in", proto.transitive_descriptor_sets, join_with = ":")
    args.add(ctx.executable._plugin, format = "--plugin=protoc-gen-grpc=%s")
    args.add("--grpc_out=%s/%s/%s" % (ctx.bin_dir.path, ctx.label.package, ctx.label.name))
    args.add_all(names)
    ctx.actions.run(
        arguments = [args],
        executable = ctx.executable._protoc,
        inputs = proto.transitive_descriptor_sets,
        mnemonic = "GrpcCodegen",
        outputs = outputs,
        progress_message = "Generating gRPC stubs for %s" % ctx.label,
        tools = [ctx.executable._plugin],
    )
    return [DefaultInfo(files = depset(outputs))]

_grpc_codegen = rule(
    implementation = _grpc_codegen_impl,
    attrs = {
        "proto": attr.label(mandatory = True, providers = [ProtoInfo]),
        "_plugin": attr.label(
            cfg = "exec",
            default = "@com_github_grpc_grpc//src/compiler:grpc_cpp_plugin",
            executable = True,
            allow_single_file = True,
        ),
        "_protoc": attr.label(
            cfg = "exec",
            default = "@com_google_protobuf//:protoc",
            executable = True,
            allow_single_file = True,
        ),
    },
)

def cc_grpc_library(name, proto, deps, **kwargs):
    """Compiles the gRPC service stubs of a proto_library.

    Args:
      name: the cc_library to make.
      proto: the proto_library that declares the services.
      deps: the cc_proto_library of `proto`.
      **kwargs: passed to the cc_library.
    """
    codegen = "_%s_codegen" % name
    _grpc_codegen(
        name = codegen,
        proto = proto,
        visibility = ["//visibility:private"],
    )
    native.cc_library(
        name = name,
        srcs = [codegen],
        hdrs = [codegen],
        includes = [codegen],
        deps = deps + ["@com_github_grpc_grpc//:grpc++"],
        **kwargs
    )
