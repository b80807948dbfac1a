#ifndef SIGNET_SERVER_CORE_FAIR_QUEUE_H_
#define SIGNET_SERVER_CORE_FAIR_QUEUE_H_

#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "server/core/job.h"

namespace signet::core {

// FairQueue holds jobs that wait. Those of an owner leave it in the order in which they came, and owners take turns.
// Thread-compatible.
class FairQueue {
 public:
  void Push(std::shared_ptr<Job> job, const std::string& owner) {
    std::deque<std::shared_ptr<Job>>& jobs = jobs_[owner];
    if (jobs.empty()) turns_.push_back(owner);
    jobs.push_back(std::move(job));
    ++size_;
  }
  // There must be one.
  std::shared_ptr<Job> Pop() {
    const auto jobs = jobs_.find(turns_.front());
    std::shared_ptr<Job> job = std::move(jobs->second.front());
    jobs->second.pop_front();
    --size_;
    if (jobs->second.empty()) {
      jobs_.erase(jobs);
    } else {
      turns_.push_back(std::move(turns_.front()));
    }
    turns_.pop_front();
    return job;
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  size_t SizeOf(const std::string& owner) const {
    const auto jobs = jobs_.find(owner);
    return jobs == jobs_.end() ? 0 : jobs->second.size();
  }

 private:
  // What waits, by its owner, none of which is empty; and these owners, the one whose turn is next at the front.
  std::map<std::string, std::deque<std::shared_ptr<Job>>> jobs_;
  std::deque<std::string> turns_;
  size_t size_ = 0;
};

}  // namespace signet::core

#endif  // SIGNET_SERVER_CORE_FAIR_QUEUE_H_
