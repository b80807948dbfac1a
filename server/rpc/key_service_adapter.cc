#include "server/rpc/key_service_adapter.h"

#include "server/rpc/batch_sign_call.h"
#include "server/rpc/certificate_calls.h"
#include "server/rpc/key_calls.h"
#include "server/rpc/key_ring_calls.h"
#include "server/rpc/key_watch_call.h"
#include "server/rpc/rotation_calls.h"
#include "server/rpc/sign_stream_call.h"
#include "server/rpc/token_calls.h"

namespace signet::rpc {

using Context = grpc::CallbackServerContext*;
using Reactor = grpc::ServerUnaryReactor*;

Reactor KeyServiceAdapter::CreateKeyRing(Context context, const v1::CreateKeyRingRequest* request, v1::KeyRing* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.KeyService/CreateKeyRing"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::CreateKeyRing(backend_.key_rings, caller, *request, *response);
                              });
}

Reactor KeyServiceAdapter::GetKeyRing(Context context, const v1::GetKeyRingRequest* request, v1::KeyRing* response) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.KeyService/GetKeyRing"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::GetKeyRing(backend_.key_rings, *request, *response); });
}

Reactor KeyServiceAdapter::ListKeyRings(Context context, const v1::ListKeyRingsRequest* request,
                                        v1::ListKeyRingsResponse* response) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.KeyService/ListKeyRings"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::ListKeyRings(backend_.key_rings, *request, *response); });
}

Reactor KeyServiceAdapter::UpdateKeyRing(Context context, const v1::UpdateKeyRingRequest* request, v1::KeyRing* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.KeyService/UpdateKeyRing"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::UpdateKeyRing(backend_.key_rings, caller, *request, *response);
                              });
}

Reactor KeyServiceAdapter::DeleteKeyRing(Context context, const v1::DeleteKeyRingRequest* request, google::protobuf::Empty*) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.KeyService/DeleteKeyRing"), *context, *request,
      [this, request](const core::Principal& caller) { return rpc::DeleteKeyRing(backend_.key_rings, caller, *request); });
}

Reactor KeyServiceAdapter::CreateKey(Context context, const v1::CreateKeyRequest* request, v1::SigningKey* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.KeyService/CreateKey"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::CreateKey(backend_.keys, caller, *request, *response);
                              });
}

Reactor KeyServiceAdapter::GetKey(Context context, const v1::GetKeyRequest* request, v1::SigningKey* response) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.KeyService/GetKey"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::GetKey(backend_.keys, *request, *response); });
}

Reactor KeyServiceAdapter::ListKeys(Context context, const v1::ListKeysRequest* request, v1::ListKeysResponse* response) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.KeyService/ListKeys"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::ListKeys(backend_.keys, *request, *response); });
}

Reactor KeyServiceAdapter::EnableKey(Context context, const v1::EnableKeyRequest* request, v1::SigningKey* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.KeyService/EnableKey"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::EnableKey(backend_.keys, caller, *request, *response);
                              });
}

Reactor KeyServiceAdapter::DisableKey(Context context, const v1::DisableKeyRequest* request, v1::SigningKey* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.KeyService/DisableKey"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::DisableKey(backend_.keys, caller, *request, *response);
                              });
}

Reactor KeyServiceAdapter::RevokeKey(Context context, const v1::RevokeKeyRequest* request, v1::SigningKey* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.KeyService/RevokeKey"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::RevokeKey(backend_.keys, caller, *request, *response);
                              });
}

Reactor KeyServiceAdapter::DeleteKey(Context context, const v1::DeleteKeyRequest* request, v1::SigningKey* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.KeyService/DeleteKey"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::DeleteKey(backend_.keys, caller, *request, *response);
                              });
}

Reactor KeyServiceAdapter::RotateKeys(Context context, const v1::RotateKeysRequest* request, v1::RotateKeysResponse* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.KeyService/RotateKeys"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::RotateKeys(backend_.keys, caller, *request, *response);
                              });
}

Reactor KeyServiceAdapter::PreviewRotation(Context context, const v1::PreviewRotationRequest* request,
                                           v1::PreviewRotationResponse* response) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.KeyService/PreviewRotation"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::PreviewRotation(backend_.keys, *request, *response); });
}

Reactor KeyServiceAdapter::GetCertificate(Context context, const v1::GetCertificateRequest* request, v1::Certificate* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.KeyService/GetCertificate"), *context, *request,
                              [this, request, response](const core::Principal&) {
                                return rpc::GetCertificate(backend_.certificates, *request, *response);
                              });
}

Reactor KeyServiceAdapter::SetCertificateChain(Context context, const v1::SetCertificateChainRequest* request,
                                               v1::SigningKey* response) {
  return dispatcher_.RunAdmin(core::RuleOf("signet.v1.KeyService/SetCertificateChain"), *context, *request,
                              [this, request, response](const core::Principal& caller) {
                                return rpc::SetCertificateChain(backend_.certificates, caller, *request, *response);
                              });
}

Reactor KeyServiceAdapter::GenerateCsr(Context context, const v1::GenerateCsrRequest* request,
                                       v1::CertificateSigningRequest* response) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.KeyService/GenerateCsr"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::GenerateCsr(backend_.certificates, *request, *response); });
}

Reactor KeyServiceAdapter::GetPublicKey(Context context, const v1::GetPublicKeyRequest* request, v1::PublicKey* response) {
  return dispatcher_.RunAdmin(
      core::RuleOf("signet.v1.KeyService/GetPublicKey"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::GetPublicKey(backend_.keys, *request, *response); });
}

Reactor KeyServiceAdapter::GetJwks(Context context, const v1::GetJwksRequest* request, v1::Jwks* response) {
  return dispatcher_.RunPublic(core::RuleOf("signet.v1.KeyService/GetJwks"), *context, [this, request, response] {
    return rpc::GetJwks(backend_.directory, backend_.clock.Now(), *request, *response);
  });
}

Reactor KeyServiceAdapter::Sign(Context context, const v1::SignRequest* request, v1::SignResponse* response) {
  return dispatcher_.RunSigning(core::RuleOf("signet.v1.KeyService/Sign"), *context, *request, *response,
                                [this](const core::Principal& caller, hsm::Signer& signer, const v1::SignRequest& asked,
                                       v1::SignResponse& made) { return rpc::Sign(backend_.tokens, caller, signer, asked, made); });
}

Reactor KeyServiceAdapter::BatchSign(Context context, const v1::BatchSignRequest* request, v1::BatchSignResponse* response) {
  return BatchSignCall::Start(backend_, dispatcher_.gate(), *context, *request, *response);
}

grpc::ServerBidiReactor<v1::StreamSignRequest, v1::StreamSignResponse>* KeyServiceAdapter::StreamSign(Context context) {
  return SignStreamCall::Start(backend_, sign_streams_, dispatcher_.gate(), *context);
}

Reactor KeyServiceAdapter::SignToken(Context context, const v1::SignTokenRequest* request, v1::SignTokenResponse* response) {
  return dispatcher_.RunSigning(
      core::RuleOf("signet.v1.KeyService/SignToken"), *context, *request, *response,
      [this](const core::Principal& caller, hsm::Signer& signer, const v1::SignTokenRequest& asked, v1::SignTokenResponse& made) {
        return rpc::SignToken(backend_.tokens, caller, signer, asked, made);
      });
}

// A signature check takes about 0.1 ms of this CPU and waits for nothing: handing it over would cost as much again.
Reactor KeyServiceAdapter::VerifyToken(Context context, const v1::VerifyTokenRequest* request, v1::VerifyTokenResponse* response) {
  return dispatcher_.RunInline(
      core::RuleOf("signet.v1.KeyService/VerifyToken"), *context, *request,
      [this, request, response](const core::Principal&) { return rpc::VerifyToken(backend_.tokens, *request, *response); });
}

grpc::ServerWriteReactor<v1::WatchKeysResponse>* KeyServiceAdapter::WatchKeys(Context context,
                                                                              const v1::WatchKeysRequest* request) {
  return KeyWatchCall::Start(backend_.services, watch_hub_, dispatcher_.gate(),
                             {backend_.metrics, backend_.logger, backend_.random}, *context, *request);
}

}  // namespace signet::rpc
