#include "server/rpc/key_service_adapter.h"

#include <memory>

#include "server/rpc/batch_sign_call.h"
#include "server/rpc/certificate_calls.h"
#include "server/rpc/key_calls.h"
#include "server/rpc/key_ring_calls.h"
#include "server/rpc/key_watch_call.h"
#include "server/rpc/rotation_calls.h"
#include "server/rpc/sign_stream_call.h"
#include "server/rpc/stream_rpc.h"
#include "server/rpc/token_calls.h"
#include "server/rpc/wrapping_key_calls.h"

namespace signet::rpc {

using Service = v1::KeyService::AsyncService;

KeyServiceAdapter::KeyServiceAdapter(const GrpcBackend& parts, core::KeyWatchHub& watch_hub, SignStreams& sign_streams)
    : ServiceAdapter(parts) {
  AddRings();
  AddKeys();
  AddWrappingKeys();
  AddCertificates();
  AddTokens();
  AddStreams(watch_hub, sign_streams);
}

void KeyServiceAdapter::AddRings() {
  AddAdmin(core::RuleOf("signet.v1.KeyService/CreateKeyRing"), &Service::RequestCreateKeyRing,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::CreateKeyRing(backend().key_rings, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/GetKeyRing"), &Service::RequestGetKeyRing,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::GetKeyRing(backend().key_rings, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/ListKeyRings"), &Service::RequestListKeyRings,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::ListKeyRings(backend().key_rings, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/UpdateKeyRing"), &Service::RequestUpdateKeyRing,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::UpdateKeyRing(backend().key_rings, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/DeleteKeyRing"), &Service::RequestDeleteKeyRing,
           [this](const core::Principal& caller, const auto& request, auto&) {
             return rpc::DeleteKeyRing(backend().key_rings, caller, request);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/RotateKeys"), &Service::RequestRotateKeys,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::RotateKeys(backend().keys, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/PreviewRotation"), &Service::RequestPreviewRotation,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::PreviewRotation(backend().keys, request, response);
           });
}

void KeyServiceAdapter::AddWrappingKeys() {
  AddAdmin(core::RuleOf("signet.v1.KeyService/ListWrappingKeys"), &Service::RequestListWrappingKeys,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::ListWrappingKeys(backend().wrapping_keys, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/RotateWrappingKey"), &Service::RequestRotateWrappingKey,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::RotateWrappingKey(backend().wrapping_keys, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/DestroyWrappingKey"), &Service::RequestDestroyWrappingKey,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::DestroyWrappingKey(backend().wrapping_keys, caller, request, response);
           });
}

void KeyServiceAdapter::AddKeys() {
  AddAdmin(core::RuleOf("signet.v1.KeyService/CreateKey"), &Service::RequestCreateKey,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::CreateKey(backend().keys, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/GetKey"), &Service::RequestGetKey,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::GetKey(backend().keys, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/ListKeys"), &Service::RequestListKeys,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::ListKeys(backend().keys, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/EnableKey"), &Service::RequestEnableKey,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::EnableKey(backend().keys, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/DisableKey"), &Service::RequestDisableKey,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::DisableKey(backend().keys, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/RevokeKey"), &Service::RequestRevokeKey,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::RevokeKey(backend().keys, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/DeleteKey"), &Service::RequestDeleteKey,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::DeleteKey(backend().keys, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/GetPublicKey"), &Service::RequestGetPublicKey,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::GetPublicKey(backend().keys, request, response);
           });
}

void KeyServiceAdapter::AddCertificates() {
  AddAdmin(core::RuleOf("signet.v1.KeyService/GetCertificate"), &Service::RequestGetCertificate,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::GetCertificate(backend().certificates, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/SetCertificateChain"), &Service::RequestSetCertificateChain,
           [this](const core::Principal& caller, const auto& request, auto& response) {
             return rpc::SetCertificateChain(backend().certificates, caller, request, response);
           });
  AddAdmin(core::RuleOf("signet.v1.KeyService/GenerateCsr"), &Service::RequestGenerateCsr,
           [this](const core::Principal&, const auto& request, auto& response) {
             return rpc::GenerateCsr(backend().certificates, request, response);
           });
}

void KeyServiceAdapter::AddTokens() {
  AddSigning(core::RuleOf("signet.v1.KeyService/Sign"), &Service::RequestSign,
             [this](const core::Principal& caller, hsm::Signer& signer, const auto& request, auto& response) {
               return rpc::Sign(backend().tokens, caller, signer, request, response);
             });
  AddSigning(core::RuleOf("signet.v1.KeyService/SignToken"), &Service::RequestSignToken,
             [this](const core::Principal& caller, hsm::Signer& signer, const auto& request, auto& response) {
               return rpc::SignToken(backend().tokens, caller, signer, request, response);
             });
  AddUnary(core::RuleOf("signet.v1.KeyService/BatchSign"), &Service::RequestBatchSign, kMany,
           [this](UnaryContext& context, const auto& request, auto& response) {
             BatchSignCall::Start(backend(), dispatcher().gate(), context, request, response);
           });
  // A signature check takes about 0.1 ms of this CPU and waits for nothing: handing it over would cost as much again.
  AddUnary(core::RuleOf("signet.v1.KeyService/VerifyToken"), &Service::RequestVerifyToken, kMany,
           [this](UnaryContext& context, const auto& request, auto& response) {
             dispatcher().RunInline(core::RuleOf("signet.v1.KeyService/VerifyToken"), context, request,
                                    [&](const core::Principal&) { return rpc::VerifyToken(backend().tokens, request, response); });
           });
  AddUnary(core::RuleOf("signet.v1.KeyService/GetJwks"), &Service::RequestGetJwks, kFew,
           [this](UnaryContext& context, const auto& request, auto& response) {
             dispatcher().RunPublic(core::RuleOf("signet.v1.KeyService/GetJwks"), context,
                                    [&] { return rpc::GetJwks(backend().directory, backend().clock.Now(), request, response); });
           });
}

void KeyServiceAdapter::AddStreams(core::KeyWatchHub& watch_hub, SignStreams& sign_streams) {
  using WatchMethod = StreamMethod<v1::WatchKeysRequest, v1::WatchKeysResponse, KeyWatchCall::Stream>;
  Add(std::make_unique<WatchMethod>(raw().AskServerStreaming("signet.v1.KeyService/WatchKeys"),
                                    [this, &watch_hub](KeyWatchCall::Stream& stream, const v1::WatchKeysRequest& request) {
                                      KeyWatchCall::Start(backend().services, watch_hub, dispatcher().gate(),
                                                          {backend().metrics, backend().logger, backend().random}, stream, request);
                                    }));
  using SignMethod = StreamMethod<v1::StreamSignRequest, v1::StreamSignResponse, SignStreamCall::Stream>;
  Add(std::make_unique<SignMethod>(raw().AskBidiStreaming("signet.v1.KeyService/StreamSign"),
                                   [this, &sign_streams](SignStreamCall::Stream& stream, const v1::StreamSignRequest&) {
                                     SignStreamCall::Start(backend(), sign_streams, dispatcher().gate(), stream);
                                   }));
}

}  // namespace signet::rpc
