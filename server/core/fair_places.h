#ifndef SIGNET_SERVER_CORE_FAIR_PLACES_H_
#define SIGNET_SERVER_CORE_FAIR_PLACES_H_

#include <cstddef>
#include <map>
#include <string>

namespace signet::core {

// FairPlaces counts who has one of a limited number of places, such as those of streams that stay open. An owner that is named,
// such as a tenant, gets half of them at most, as it gets half of an Executor's queue. Thread-compatible.
class FairPlaces {
 public:
  enum class Answer { kTaken, kFull, kShareIsFull };

  explicit FairPlaces(int limit) : limit_(limit > 0 ? static_cast<size_t>(limit) : 0) {}

  // Takes a place for `owner`, until Leave, if it gets one.
  Answer Take(const std::string& owner) {
    if (taken_ >= limit_) return Answer::kFull;
    const auto place = taken_by_.find(owner);
    if (!owner.empty() && place != taken_by_.end() && place->second >= share()) return Answer::kShareIsFull;
    ++taken_by_[owner];
    ++taken_;
    return Answer::kTaken;
  }
  // Gives back a place that `owner` has.
  void Leave(const std::string& owner) {
    const auto place = taken_by_.find(owner);
    --taken_;
    if (--place->second == 0) taken_by_.erase(place);
  }

  size_t limit() const { return limit_; }
  // How many places an owner that is named gets.
  size_t share() const { return (limit_ + 1) / 2; }

 private:
  const size_t limit_;
  size_t taken_ = 0;
  // No owner with none.
  std::map<std::string, size_t> taken_by_;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_FAIR_PLACES_H_
