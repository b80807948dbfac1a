#ifndef SIGNET_SERVER_CORE_TESTING_EDITED_STORE_H_
#define SIGNET_SERVER_CORE_TESTING_EDITED_STORE_H_

#include <functional>
#include <vector>

#include "base/error.h"
#include "keystore/key_store.h"
#include "server/core/observed_store.h"

namespace signet::core {

// EditedStore is a store whose events somebody has changed behind the back of those who wrote them.
class EditedStore : public ObservedStore {
 public:
  using ObservedStore::ObservedStore;

  // Changes an event that is read; false: it is gone.
  std::function<bool(keystore::Event&)> edit = [](keystore::Event&) { return true; };

  absl::StatusOr<std::vector<keystore::Event>> ListEvents(const EventFilter& filter, const keystore::Page& page) override {
    // Removed ones must not shorten a page to nothing: all are read.
    SIGNET_ASSIGN_OR_RETURN(std::vector<keystore::Event> events,
                            ObservedStore::ListEvents(filter, {.after = page.after, .limit = 1'000'000}));
    std::erase_if(events, [&](keystore::Event& event) { return !edit(event); });
    if (events.size() > static_cast<size_t>(page.limit)) events.resize(page.limit);
    return events;
  }
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_TESTING_EDITED_STORE_H_
