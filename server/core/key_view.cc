#include "server/core/key_view.h"

#include <utility>

#include "server/core/etag.h"

namespace signet::core {

KeyView MakeKeyView(keystore::KeyRecord record, const keystore::ResolvedPolicy& policy) {
  KeyView view;
  view.role = keystore::RoleOf(record);
  if (view.role == keystore::KeyRole::kNext) view.activatable_time = keystore::ActivatableTime(record, policy);
  if (view.role == keystore::KeyRole::kPrevious) {
    const absl::Time deletable = keystore::DeletableTime(record, policy);
    if (deletable != absl::InfiniteFuture()) view.deletable_time = deletable;
    const absl::Time retire = keystore::RetireTime(record, policy);
    if (retire != absl::InfiniteFuture()) view.retire_time = retire;
  }
  // Every reply is sent after the directory of this process was refreshed, and there is no other process.
  view.effective_time = record.update_time;
  view.etag = EtagOf(record);
  view.record = std::move(record);
  return view;
}

}  // namespace signet::core
