#ifndef SIGNET_SERVER_RPC_KEY_SERVICE_ADAPTER_H_
#define SIGNET_SERVER_RPC_KEY_SERVICE_ADAPTER_H_

#include "server/core/key_watch_hub.h"
#include "server/rpc/grpc_backend.h"
#include "server/rpc/service_adapter.h"
#include "server/rpc/sign_streams.h"
#include "signet/v1/key_service.grpc.pb.h"

namespace signet::rpc {

// KeyServiceAdapter binds each method of signet.v1.KeyService to its work and to the threads that may do it: Sign, SignToken,
// BatchSign and StreamSign to the signing executor, the last two part by part; VerifyToken and GetJwks to the thread that takes the
// call; all others to the admin executor, WatchKeys page by page.
class KeyServiceAdapter final : public ServiceAdapter<v1::KeyService::AsyncService> {
 public:
  // `watch_hub` and `sign_streams` are borrowed, too.
  KeyServiceAdapter(const GrpcBackend& backend, core::KeyWatchHub& watch_hub, SignStreams& sign_streams);

 private:
  void AddRings();
  void AddKeys();
  void AddWrappingKeys();
  void AddCertificates();
  void AddTokens();
  void AddStreams(core::KeyWatchHub& watch_hub, SignStreams& sign_streams);
};

}  // namespace signet::rpc

#endif  // SIGNET_SERVER_RPC_KEY_SERVICE_ADAPTER_H_
