#include "keystore/faulty_vfs.h"

#include <sqlite3.h>

#include <atomic>
#include <limits>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace signet::keystore {
namespace {

constexpr int kNever = std::numeric_limits<int>::max();

sqlite3_vfs* real_vfs = nullptr;
Mutex mutex;
int operations_left ABSL_GUARDED_BY(mutex) = kNever;
std::atomic<FaultyVfs::Fault> present_fault = FaultyVfs::Fault::kFullDisk;
FaultyVfs::Duration present_duration ABSL_GUARDED_BY(mutex) = FaultyVfs::Duration::kUntilHealed;
bool met ABSL_GUARDED_BY(mutex) = false;

// What SQLite sees of an open file; the real file's own memory follows it.
struct FaultyFile {
  sqlite3_file base;
  sqlite3_file* real;
};

sqlite3_file* Real(sqlite3_file* file) { return reinterpret_cast<FaultyFile*>(file)->real; }

// Tells whether the next operation fails.
bool Fails() {
  MutexLock lock(mutex);
  if (operations_left == kNever) return false;
  if (operations_left > 0) {
    --operations_left;
    return false;
  }
  met = true;
  if (present_duration == FaultyVfs::Duration::kOnce) operations_left = kNever;
  return true;
}

int Close(sqlite3_file* file) { return Real(file)->pMethods->xClose(Real(file)); }
int Read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset) {
  return Real(file)->pMethods->xRead(Real(file), to, size, offset);
}
int Write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset) {
  if (Fails()) {
    // A disk gets full in the middle of a write.
    Real(file)->pMethods->xWrite(Real(file), from, size / 2, offset);
    return present_fault == FaultyVfs::Fault::kFullDisk ? SQLITE_FULL : SQLITE_IOERR_WRITE;
  }
  return Real(file)->pMethods->xWrite(Real(file), from, size, offset);
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (present_fault == FaultyVfs::Fault::kBrokenDisk && Fails()) return SQLITE_IOERR_TRUNCATE;
  return Real(file)->pMethods->xTruncate(Real(file), size);
}
int Sync(sqlite3_file* file, int flags) {
  if (present_fault == FaultyVfs::Fault::kBrokenDisk && Fails()) return SQLITE_IOERR_FSYNC;
  return Real(file)->pMethods->xSync(Real(file), flags);
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) { return Real(file)->pMethods->xFileSize(Real(file), size); }
int Lock(sqlite3_file* file, int kind) { return Real(file)->pMethods->xLock(Real(file), kind); }
int Unlock(sqlite3_file* file, int kind) { return Real(file)->pMethods->xUnlock(Real(file), kind); }
int CheckReservedLock(sqlite3_file* file, int* result) { return Real(file)->pMethods->xCheckReservedLock(Real(file), result); }
int FileControl(sqlite3_file* file, int operation, void* argument) {
  return Real(file)->pMethods->xFileControl(Real(file), operation, argument);
}
int SectorSize(sqlite3_file* file) { return Real(file)->pMethods->xSectorSize(Real(file)); }
int DeviceCharacteristics(sqlite3_file* file) { return Real(file)->pMethods->xDeviceCharacteristics(Real(file)); }
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** memory) {
  return Real(file)->pMethods->xShmMap(Real(file), page, size, extend, memory);
}
int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  return Real(file)->pMethods->xShmLock(Real(file), offset, count, flags);
}
void ShmBarrier(sqlite3_file* file) { Real(file)->pMethods->xShmBarrier(Real(file)); }
int ShmUnmap(sqlite3_file* file, int remove) { return Real(file)->pMethods->xShmUnmap(Real(file), remove); }

// Version 2 of the methods: with shared memory, for the WAL, and without memory-mapped reads.
constexpr sqlite3_io_methods kMethods = {
    2,
    Close,
    Read,
    Write,
    Truncate,
    Sync,
    FileSize,
    Lock,
    Unlock,
    CheckReservedLock,
    FileControl,
    SectorSize,
    DeviceCharacteristics,
    ShmMap,
    ShmLock,
    ShmBarrier,
    ShmUnmap,
    nullptr,
    nullptr,
};

int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* flags_out) {
  auto* faulty = reinterpret_cast<FaultyFile*>(file);
  faulty->real = reinterpret_cast<sqlite3_file*>(faulty + 1);
  const int code = real_vfs->xOpen(real_vfs, name, faulty->real, flags, flags_out);
  faulty->base.pMethods = faulty->real->pMethods == nullptr ? nullptr : &kMethods;
  return code;
}

}  // namespace

void FaultyVfs::Install() {
  if (real_vfs != nullptr) return;
  real_vfs = sqlite3_vfs_find(nullptr);
  // The other methods are the real VFS's own; they ask nothing of it but what the copy has too.
  static sqlite3_vfs faulty_vfs = *real_vfs;
  faulty_vfs.zName = "faulty";
  faulty_vfs.szOsFile = static_cast<int>(sizeof(FaultyFile)) + real_vfs->szOsFile;
  faulty_vfs.xOpen = Open;
  sqlite3_vfs_register(&faulty_vfs, /*makeDflt=*/1);
}

void FaultyVfs::FailAfter(int operations, Fault fault, Duration duration) {
  MutexLock lock(mutex);
  operations_left = operations;
  present_duration = duration;
  present_fault = fault;
  met = false;
}

bool FaultyVfs::Heal() {
  MutexLock lock(mutex);
  operations_left = kNever;
  return met;
}

}  // namespace signet::keystore
