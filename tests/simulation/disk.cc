#include "disk.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>

namespace teller::simulation {

Disk::Disk(Faults& faults) : faults_(faults), root_(std::make_shared<Node>()) {
  root_->folder = true;
}
Disk::~Disk() = default;

void Disk::apply(const Write& write, std::string& bytes) {
  if (write.cuts) {
    bytes.resize(write.offset);
    return;
  }
  const std::size_t end = write.offset + write.bytes.size();
  if (bytes.size() < end) bytes.resize(end);
  bytes.replace(write.offset, write.bytes.size(), write.bytes);
}

void Disk::apply(const Naming& naming, std::map<std::string, NodePtr>& names) {
  for (const auto& [name, node] : naming.sets) {
    if (node) {
      names[name] = node;
    } else {
      names.erase(name);
    }
  }
}

void Disk::kill() {
  dead_ = false;
  open_.clear();
}

void Disk::power_loss() {
  dead_ = false;
  open_.clear();
  lose(root_);
}

void Disk::lose(const NodePtr& node) {
  if (!node->folder) {
    std::string kept = node->durable;
    for (Write& write : node->writes) {
      if (write.dropped || faults_.one_in(3)) continue;
      if (!write.cuts && faults_.one_in(3)) {
        // Torn: a beginning, an end, or both without the middle.
        const std::size_t from = faults_.below(write.bytes.size() + 1);
        const std::size_t to = from + faults_.below(write.bytes.size() - from + 1);
        if (!faults_.one_in(3)) apply({write.offset, write.bytes.substr(0, from)}, kept);
        if (!faults_.one_in(3)) apply({write.offset + to, write.bytes.substr(to)}, kept);
        continue;
      }
      apply(write, kept);
    }
    node->writes.clear();
    node->seen = node->durable = std::move(kept);
    return;
  }
  for (const Naming& naming : node->namings) {
    if (!faults_.one_in(2)) apply(naming, node->durable_names);
  }
  node->namings.clear();
  node->names = node->durable_names;
  for (const auto& [name, child] : node->names) lose(child);
}

Disk::NodePtr Disk::find(const std::string& path) const {
  NodePtr at = root_;
  std::size_t begin = 0;
  while (at && begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (end > begin) {
      const auto found = at->names.find(path.substr(begin, end - begin));
      if (!at->folder || found == at->names.end()) return nullptr;
      at = found->second;
    }
    begin = end + 1;
  }
  return at;
}

std::pair<Disk::NodePtr, std::string> Disk::place(const std::string& path) const {
  const std::size_t slash = path.rfind('/');
  return {find(path.substr(0, slash)), path.substr(slash + 1)};
}

void Disk::name(const NodePtr& folder, Naming naming) {
  apply(naming, folder->names);
  folder->namings.push_back(std::move(naming));
}

bool Disk::begin() {
  if (dead_) {
    errno = EIO;
    return false;
  }
  try {
    faults_.reached();
  } catch (const Died&) {
    dead_ = true;
    throw;
  }
  return true;
}

int Disk::full_or(int result) {
  if (!full_) return result;
  errno = ENOSPC;
  return -1;
}

int Disk::open(const char* path, int flags, unsigned) {
  if (!begin()) return -1;
  const auto [folder, last] = place(path);
  NodePtr node = find(path);
  if (!folder || (!node && (flags & O_CREAT) == 0)) {
    errno = ENOENT;
    return -1;
  }
  if (node && (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) {
    errno = EEXIST;
    return -1;
  }
  if (!node) {
    if (full_or(0) != 0) return -1;
    node = std::make_shared<Node>();
    name(folder, {{{last, node}}});
  }
  open_[next_] = node;
  return next_++;
}

void Disk::close(int fd) noexcept { open_.erase(fd); }

std::int64_t Disk::read_at(int fd, std::uint8_t* into, std::size_t size, std::uint64_t offset) {
  if (!begin()) return -1;
  const std::string& bytes = open_.at(fd)->seen;
  if (offset >= bytes.size()) return 0;
  const std::size_t n = std::min<std::size_t>(size, bytes.size() - offset);
  std::memcpy(into, bytes.data() + offset, n);
  return static_cast<std::int64_t>(n);
}

std::int64_t Disk::write_at(int fd, const std::uint8_t* from, std::size_t size,
                            std::uint64_t offset) {
  if (!begin()) return -1;
  const NodePtr node = open_.at(fd);
  // A write may take less than it was given, and the last of a disk fits in part.
  std::size_t n = size;
  if (full_) n = faults_.below(size + 1);
  if (!full_ && size > 1 && faults_.one_in(16)) n = 1 + faults_.below(size - 1);
  if (full_ && n == 0) return full_or(0);
  Write write{offset, std::string(reinterpret_cast<const char*>(from), n)};
  apply(write, node->seen);
  node->writes.push_back(std::move(write));
  return static_cast<std::int64_t>(n);
}

int Disk::cut(int fd, std::uint64_t size) {
  if (!begin()) return -1;
  const NodePtr node = open_.at(fd);
  Write write{size, {}, true};
  apply(write, node->seen);
  node->writes.push_back(std::move(write));
  return 0;
}

std::int64_t Disk::size(int fd) {
  if (!begin()) return -1;
  return static_cast<std::int64_t>(open_.at(fd)->seen.size());
}

int Disk::sync_node(const NodePtr& node) {
  if (sync_fails_one_in_ > 0 && faults_.one_in(sync_fails_one_in_)) {
    for (Write& write : node->writes) write.dropped = !write.cuts;
    errno = faults_.one_in(4) ? ENOSPC : EIO;
    return -1;
  }
  std::erase_if(node->writes, [&](const Write& write) {
    if (!write.dropped) apply(write, node->durable);
    return !write.dropped;
  });
  for (const Naming& naming : node->namings) apply(naming, node->durable_names);
  node->namings.clear();
  return 0;
}

int Disk::sync_data(int fd) {
  if (!begin()) return -1;
  return sync_node(open_.at(fd));
}

int Disk::sync(int fd) { return sync_data(fd); }

int Disk::lock(int) { return begin() ? 0 : -1; }

int Disk::rename(const char* from, const char* to) {
  if (!begin()) return -1;
  const auto [folder, old_name] = place(from);
  const auto [new_folder, new_name] = place(to);
  const NodePtr node = find(from);
  must(folder && folder == new_folder, "a file is renamed within its folder");
  if (!node) {
    errno = ENOENT;
    return -1;
  }
  if (full_or(0) != 0) return -1;
  name(folder, {{{old_name, nullptr}, {new_name, node}}});
  return 0;
}

int Disk::unlink(const char* path) {
  if (!begin()) return -1;
  const auto [folder, last] = place(path);
  if (!find(path)) {
    errno = ENOENT;
    return -1;
  }
  name(folder, {{{last, nullptr}}});
  return 0;
}

int Disk::make_folder(const char* path, unsigned) {
  if (!begin()) return -1;
  const auto [folder, last] = place(path);
  if (find(path)) {
    errno = EEXIST;
    return -1;
  }
  if (!folder) {
    errno = ENOENT;
    return -1;
  }
  if (full_or(0) != 0) return -1;
  const auto node = std::make_shared<Node>();
  node->folder = true;
  name(folder, {{{last, node}}});
  return 0;
}

bool Disk::is_folder(const char* path) {
  if (!begin()) return false;
  const NodePtr node = find(path);
  return node && node->folder;
}

int Disk::list(const char* path, std::vector<std::string>& names) {
  if (!begin()) return -1;
  const NodePtr node = find(path);
  if (!node || !node->folder) {
    errno = ENOENT;
    return -1;
  }
  for (const auto& [name, child] : node->names) names.push_back(name);
  return 0;
}

}  // namespace teller::simulation
