#include "server/core/commit.h"

namespace signet::core {

absl::Status Publish(const Services& services) {
  const absl::Status status = services.directory.Refresh();
  // The key that this process would sign with may be the one that was just revoked.
  if (!status.ok()) services.directory.Distrust();
  return Annotate(status, "the change is stored, but could not be read back; repeat it with its request_id");
}

absl::Status CommitAndPublish(const Services& services, const keystore::Change& change) {
  if (const absl::StatusOr<keystore::Revision> revision = services.store.Commit(change); !revision.ok()) return revision.status();
  return Publish(services);
}

}  // namespace signet::core
