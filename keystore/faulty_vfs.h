#ifndef SIGNET_KEYSTORE_FAULTY_VFS_H_
#define SIGNET_KEYSTORE_FAULTY_VFS_H_

namespace signet::keystore {

// FaultyVfs stands between SQLite and the file system of this process, as the default VFS, and fails operations that change a file
// when a test says so. Made once, before the first connection; never goes. Thread-safe.
class FaultyVfs {
 public:
  enum class Fault { kFullDisk, kBrokenDisk };
  enum class Duration { kUntilHealed, kOnce };

  // Puts it in place.
  static void Install();

  // After `operations` more of them, every write fails half way, until Heal, or the next one only; with kBrokenDisk every
  // truncation and sync counts and fails too.
  static void FailAfter(int operations, Fault fault, Duration duration = Duration::kUntilHealed);

  // Ends the fault. Tells whether it was met.
  static bool Heal();
};

}  // namespace signet::keystore

#endif  // SIGNET_KEYSTORE_FAULTY_VFS_H_
