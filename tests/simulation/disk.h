// A disk that keeps only what it was made to keep.
//
//   - What was written to a file stays for sure once the file was synced, a name once its folder
//     was; the data does not vouch for the name nor the name for the data.
//   - kill(): a process is gone, and the system still has all it wrote.
//   - power_loss(): of what was not synced, each write is kept, lost or torn, and each change of a
//     name kept or lost, one independently of the other.
//   - A failed fsync drops the pages: they can still be read, the next fsync succeeds, and the
//     disk never gets them unless they are written again. (What Linux does.)
//   - It can be full for a while, and each call can be the one at which the process dies.
//
// One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "faults.h"

namespace teller::simulation {

class Disk final : public Files {
 public:
  explicit Disk(Faults& faults);
  ~Disk() override;

  // After a Died: nothing that the dead process still does (its destructors run) reaches the disk.
  // These two end that.
  void kill();
  void power_loss();
  void process_is_dead() { dead_ = true; }

  void set_full(bool full) { full_ = full; }
  // One fsync in so many fails; 0: none.
  void set_sync_fails(std::uint32_t one_in) { sync_fails_one_in_ = one_in; }
  void heal() {
    full_ = false;
    sync_fails_one_in_ = 0;
  }

  int open(const char* path, int flags, unsigned mode) override;
  void close(int fd) noexcept override;
  std::int64_t read_at(int fd, std::uint8_t* into, std::size_t size, std::uint64_t offset) override;
  std::int64_t write_at(int fd, const std::uint8_t* from, std::size_t size,
                        std::uint64_t offset) override;
  int cut(int fd, std::uint64_t size) override;
  std::int64_t size(int fd) override;
  int sync_data(int fd) override;
  int sync(int fd) override;
  int lock(int fd) override;
  int rename(const char* from, const char* to) override;
  int unlink(const char* path) override;
  int make_folder(const char* path, unsigned mode) override;
  bool is_folder(const char* path) override;
  int list(const char* path, std::vector<std::string>& names) override;

 private:
  struct Node;
  using NodePtr = std::shared_ptr<Node>;
  // A write (bytes at offset) or, with `cuts`, a new size.
  struct Write {
    std::uint64_t offset = 0;
    std::string bytes;
    bool cuts = false;
    bool dropped = false;  // By a failed fsync.
  };
  // Names that change together: a rename takes one away and sets another.
  struct Naming {
    std::vector<std::pair<std::string, NodePtr>> sets;  // Null: taken away.
  };
  struct Node {
    bool folder = false;
    std::string seen, durable;
    std::vector<Write> writes;
    std::map<std::string, NodePtr> names, durable_names;
    std::vector<Naming> namings;
  };

  static void apply(const Write& write, std::string& bytes);
  static void apply(const Naming& naming, std::map<std::string, NodePtr>& names);
  void lose(const NodePtr& node);
  NodePtr find(const std::string& path) const;
  // The folder a path stands in, and its last name.
  std::pair<NodePtr, std::string> place(const std::string& path) const;
  void name(const NodePtr& folder, Naming naming);
  bool begin();  // False: the process is dead.
  int full_or(int result);
  int sync_node(const NodePtr& node);

  Faults& faults_;
  NodePtr root_;
  std::map<int, NodePtr> open_;
  int next_ = 1 << 20;
  bool dead_ = false, full_ = false;
  std::uint32_t sync_fails_one_in_ = 0;
};

}  // namespace teller::simulation
