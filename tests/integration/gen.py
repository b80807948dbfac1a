libs=[]
def srt(ds): return ''.join('        "%s",\n'%d for d in sorted(set(ds),key=lambda d:(not d.startswith(':'),not d.startswith('//'),d)))
def lib(name,srcs,hdrs,deps,testonly=True):
    o='cc_library(\n    name = "%s",\n    testonly = True,\n'%name
    if srcs: o+='    srcs = [%s],\n'%', '.join('"%s"'%s for s in srcs)
    if hdrs: o+='    hdrs = [%s],\n'%', '.join('"%s"'%s for s in hdrs)
    o+='    deps = [\n'+srt(deps)+'    ],\n)\n'; libs.append(o)
def test(name,deps,size='small',main=True):
    d=list(deps)
    if main: d+=[':integration_main',':rpc_test','@com_google_googletest//:gtest']
    else: d+=['@com_google_googletest//:gtest_main']
    libs.append('cc_test(\n    name = "%s",\n    size = "%s",\n    srcs = ["%s.cc"],\n    deps = [\n%s    ],\n)\n'%(name,size,name,srt(d)))
A='@com_google_absl//absl/'; G='@com_github_grpc_grpc//:grpc++'
GR='//proto/signet/v1:signet_cc_grpc'
lib('gated_hsm',['gated_hsm.cc'],['gated_hsm.h'],['//base:error','//base:mutex','//hsm',A+'base:core_headers',A+'status'])
lib('recording_logger',[],['recording_logger.h'],['//base:logger','//base:mutex',A+'base:core_headers',A+'strings'])
lib('test_server',['test_server.cc'],['test_server.h'],[':gated_hsm',':recording_logger','//base:fake_clock','//base:random','//base:secret','//hsm:pkcs11_hsm','//hsm:software_hsm','//hsm/testing:soft_token','//keystore:key_store','//keystore:memory_key_store','//keystore:sqlite_key_store','//server/core:executor','//server/core:health','//server/core:key_directory','//server/core:key_rings','//server/core:keys','//server/core:metrics','//server/core:services','//server/core:step_observer','//server/core:tenants','//server/core:tokens','//server/main:dev_certificates','//server/rpc:grpc_server',A+'strings',A+'time',G])
lib('integration_main',['integration_main.cc'],[],[':test_server','//hsm/testing:soft_token','@com_google_googletest//:gtest'])
lib('rpc_client',['rpc_client.cc'],['rpc_client.h'],[GR,'//third_party/googleapis:error_details_cc_proto','//third_party/googleapis:status_cc_proto',A+'status',A+'strings',G,'@com_google_googletest//:gtest','@com_google_protobuf//:protobuf'])
lib('rpc_test',['rpc_test.cc'],['rpc_test.h'],[':rpc_client',':test_server',A+'strings','@com_google_googletest//:gtest'])
test('key_service_test',['//hsm:ecdsa_signature','//base:base64url','//base:crc32c','//hsm:digest','//hsm:public_key',A+'strings','@nlohmann_json//:json'])
test('tenant_service_test',[])
test('bad_input_test',['//base:base64url','//base:crc32c',A+'strings'])
test('request_semantics_test',[A+'strings'])
test('call_handling_test',['//base:error',A+'strings'])
test('listener_test',['//server/rpc:grpc_server','//third_party/grpc:health_cc_grpc','//base:secret',A+'strings'])
test('hostile_input_test',[A+'strings','@com_google_protobuf//:protobuf'])
test('error_reason_test',['//base:error','//proto/signet/v1:signet_cc_proto'],main=False)
open('BUILD.bazel','w').write('# The server in this process, called over loopback by generated stubs.\n\n'+'\n'.join(libs))
