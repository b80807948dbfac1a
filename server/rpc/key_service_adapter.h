#ifndef SIGNET_SERVER_RPC_KEY_SERVICE_ADAPTER_H_
#define SIGNET_SERVER_RPC_KEY_SERVICE_ADAPTER_H_

#include <grpcpp/grpcpp.h>

#include "server/core/key_watch_hub.h"
#include "server/rpc/call_dispatcher.h"
#include "server/rpc/grpc_backend.h"
#include "server/rpc/sign_streams.h"
#include "signet/v1/key_service.grpc.pb.h"

namespace signet::rpc {

// KeyServiceAdapter binds each method of signet.v1.KeyService to its work and to the threads that may do it: Sign, SignToken,
// BatchSign and StreamSign to the signing executor, the last two part by part; VerifyToken and GetJwks to gRPC's own threads; all
// others to the admin executor, WatchKeys page by page.
class KeyServiceAdapter final : public v1::KeyService::CallbackService {
 public:
  // `watch_hub` and `sign_streams` are borrowed, too.
  KeyServiceAdapter(const GrpcBackend& backend, core::KeyWatchHub& watch_hub, SignStreams& sign_streams)
      : backend_(backend), dispatcher_(backend), watch_hub_(watch_hub), sign_streams_(sign_streams) {}

  grpc::ServerUnaryReactor* CreateKeyRing(grpc::CallbackServerContext* context, const v1::CreateKeyRingRequest* request,
                                          v1::KeyRing* response) override;
  grpc::ServerUnaryReactor* GetKeyRing(grpc::CallbackServerContext* context, const v1::GetKeyRingRequest* request,
                                       v1::KeyRing* response) override;
  grpc::ServerUnaryReactor* ListKeyRings(grpc::CallbackServerContext* context, const v1::ListKeyRingsRequest* request,
                                         v1::ListKeyRingsResponse* response) override;
  grpc::ServerUnaryReactor* UpdateKeyRing(grpc::CallbackServerContext* context, const v1::UpdateKeyRingRequest* request,
                                          v1::KeyRing* response) override;
  grpc::ServerUnaryReactor* DeleteKeyRing(grpc::CallbackServerContext* context, const v1::DeleteKeyRingRequest* request,
                                          google::protobuf::Empty* response) override;
  grpc::ServerUnaryReactor* CreateKey(grpc::CallbackServerContext* context, const v1::CreateKeyRequest* request,
                                      v1::SigningKey* response) override;
  grpc::ServerUnaryReactor* GetKey(grpc::CallbackServerContext* context, const v1::GetKeyRequest* request,
                                   v1::SigningKey* response) override;
  grpc::ServerUnaryReactor* ListKeys(grpc::CallbackServerContext* context, const v1::ListKeysRequest* request,
                                     v1::ListKeysResponse* response) override;
  grpc::ServerUnaryReactor* EnableKey(grpc::CallbackServerContext* context, const v1::EnableKeyRequest* request,
                                      v1::SigningKey* response) override;
  grpc::ServerUnaryReactor* DisableKey(grpc::CallbackServerContext* context, const v1::DisableKeyRequest* request,
                                       v1::SigningKey* response) override;
  grpc::ServerUnaryReactor* RevokeKey(grpc::CallbackServerContext* context, const v1::RevokeKeyRequest* request,
                                      v1::SigningKey* response) override;
  grpc::ServerUnaryReactor* DeleteKey(grpc::CallbackServerContext* context, const v1::DeleteKeyRequest* request,
                                      v1::SigningKey* response) override;
  grpc::ServerUnaryReactor* RotateKeys(grpc::CallbackServerContext* context, const v1::RotateKeysRequest* request,
                                       v1::RotateKeysResponse* response) override;
  grpc::ServerUnaryReactor* PreviewRotation(grpc::CallbackServerContext* context, const v1::PreviewRotationRequest* request,
                                            v1::PreviewRotationResponse* response) override;
  grpc::ServerUnaryReactor* GetCertificate(grpc::CallbackServerContext* context, const v1::GetCertificateRequest* request,
                                           v1::Certificate* response) override;
  grpc::ServerUnaryReactor* SetCertificateChain(grpc::CallbackServerContext* context, const v1::SetCertificateChainRequest* request,
                                                v1::SigningKey* response) override;
  grpc::ServerUnaryReactor* GenerateCsr(grpc::CallbackServerContext* context, const v1::GenerateCsrRequest* request,
                                        v1::CertificateSigningRequest* response) override;
  grpc::ServerUnaryReactor* GetPublicKey(grpc::CallbackServerContext* context, const v1::GetPublicKeyRequest* request,
                                         v1::PublicKey* response) override;
  grpc::ServerUnaryReactor* GetJwks(grpc::CallbackServerContext* context, const v1::GetJwksRequest* request,
                                    v1::Jwks* response) override;
  grpc::ServerUnaryReactor* Sign(grpc::CallbackServerContext* context, const v1::SignRequest* request,
                                 v1::SignResponse* response) override;
  grpc::ServerUnaryReactor* BatchSign(grpc::CallbackServerContext* context, const v1::BatchSignRequest* request,
                                      v1::BatchSignResponse* response) override;
  grpc::ServerBidiReactor<v1::StreamSignRequest, v1::StreamSignResponse>* StreamSign(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* SignToken(grpc::CallbackServerContext* context, const v1::SignTokenRequest* request,
                                      v1::SignTokenResponse* response) override;
  grpc::ServerUnaryReactor* VerifyToken(grpc::CallbackServerContext* context, const v1::VerifyTokenRequest* request,
                                        v1::VerifyTokenResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchKeysResponse>* WatchKeys(grpc::CallbackServerContext* context,
                                                             const v1::WatchKeysRequest* request) override;

 private:
  const GrpcBackend backend_;
  const CallDispatcher dispatcher_;
  core::KeyWatchHub& watch_hub_;
  SignStreams& sign_streams_;
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_KEY_SERVICE_ADAPTER_H_
