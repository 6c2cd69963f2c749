#include "verify/verify.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "count/count_again.h"
#include "count/partition.h"
#include "election/entry.h"
#include "log/merkle.h"
#include "log/segment.h"
#include "publish/digest.h"
#include "publish/note.h"
#include "publish/statement.h"
#include "publish/two_levels.h"
#include "store/pages.h"

namespace teller {
namespace {

constexpr std::string_view sentences[] = {
    "",
    "statements can be read strictly",
    "statements follow each other",
    "statements speak of this count and these rules",
    "checkpoints are signed by the count's key",
    "checkpoints have the root of their statements",
    "the lists of steps are those the statements signed",
    "every committed segment is there",
    "every segment has the hash its step names",
    "counted again, every segment gives the same leaves, root and size",
    "every stated digest is that of the count done again",
    "reported totals are those of the count done again",
    "recorded = counted + duplicate + conflict + rejected, and counted = leaves",
    "votes + undervotes + overvotes = votes allowed × cards, of sheets as far as they say",
    "every tile is the one its entries give",
    "every file of the export belongs to it",
    "the presentation is the one the last statement names",
    "names, mode, status and all else beside the numbers are those of the files and decided",
    "decisions are listed as the log has them, and certify what was stated",
};

std::uint64_t number_of(const StatementRow& row) { return row.number; }

// What is wrong in the evidence is a finding; what keeps us from looking is an error.
bool is_finding(const Error& error) { return error.remedy == Remedy::reject; }

class Verifier {
 public:
  Verifier(const Rules& rules, const CountFile& count, Evidence& evidence,
           const VerifyProgress& progress)
      : rules_(rules), count_(count), evidence_(evidence), progress_(progress) {
    for (std::uint16_t i = 0; i < count.partitions; ++i) {
      partitions_.emplace_back(rules, count, i);
      at_.push_back({});
      broken_.push_back(false);
    }
  }

  Verification result;

  // Checks 4 and 5: are these the publisher's statements?
  Result<void> signatures() {
    CompactRange log;
    for (std::uint64_t next = 0;;) {
      const auto rows = evidence_.statements(next, 500);
      if (!rows) {
        if (!is_finding(rows.error())) return std::unexpected(rows.error());
        findings().found(Check::checkpoint_root, rows.error().detail);
        lists_broken_ = true;
        break;
      }
      if (rows->empty()) break;
      const auto behind = behind_page("statements", next, *rows, number_of);
      if (!behind) return std::unexpected(behind.error());
      next = *behind;
      for (const StatementRow& row : *rows) {
        log.append(leaf_hash(row.bytes));
        if (row.checkpoint.empty()) continue;
        const std::string name = fmt::format("the checkpoint of statement {}", log.size() - 1);
        const auto text = open_note(row.checkpoint, count_.public_key);
        if (!text) {
          findings().found(Check::checkpoint_signed, name + ": " + text.error().detail);
          continue;
        }
        const auto checkpoint = parse_checkpoint(*text);
        if (!checkpoint || checkpoint->origin != count_.origin || checkpoint->size != log.size() ||
            checkpoint->root != log.root()) {
          findings().found(Check::checkpoint_root,
                           name + " does not have the root of the statements");
        }
      }
    }
    result.statements = log.size();
    counted_.authentic =
        !findings().failed(Check::checkpoint_signed) && !findings().failed(Check::checkpoint_root);
    if (!counted_.authentic) {
      for (const Check check :
           {Check::statement_readable, Check::statement_chain, Check::statement_of_this_count,
            Check::steps_stated, Check::digest, Check::presentation}) {
        findings().open(check);
      }
    }
    return {};
  }

  // Every statement, and the steps between them counted again.
  Result<void> statements() {
    Hash previous{};
    std::uint64_t stated = 0;
    std::uint64_t number = 0;
    for (std::uint64_t next = 0; number < result.statements;) {
      const auto rows = evidence_.statements(next, 500);
      if (!rows) return is_finding(rows.error()) ? Result<void>() : std::unexpected(rows.error());
      if (rows->empty()) break;
      const auto behind = behind_page("statements", next, *rows, number_of);
      if (!behind) return std::unexpected(behind.error());
      next = *behind;
      for (const StatementRow& row : *rows) {
        if (auto done = statement(row, number, previous, stated); !done) return done;
        previous = sha256(row.bytes);
        ++number;
      }
    }
    auto rest = evidence_.unstated(stated);
    if (!rest) return std::unexpected(rest.error());
    result.commit = std::max(result.commit, stated);
    if (auto done = steps(*rest); !done) return done;
    if (progress_) progress_(evidence_.leaves(), evidence_.leaves());
    return {};
  }

  Result<void> finish() {
    counted_.complete = std::ranges::none_of(broken_, [](bool b) { return b; }) && !lists_broken_;
    counted_.at = at_;
    counted_.commit = result.commit;
    counted_.last = last_;
    result.counted_again = counted_.complete;
    if (counted_.complete) {
      for (const auto& [key, total] : totals_) counted_.totals.push_back({key, total, 0});
      result.digest = digest_of(rules_.hash(), counted_.totals);
      result.vote_law = against_vote_law(rules_, counted_.totals);
      for (const std::string& what : result.vote_law.wrong) findings().found(Check::vote_law, what);
      if (!result.vote_law.anything_held()) findings().not_here(Check::vote_law);
      // What the records say is what was counted, so it is no difference; nobody may miss it.
      for (const std::string& twice : two_levels_in_words(rules_, counted_.totals))
        result.notes.push_back("two levels of units in one sum: " + twice);
    } else {
      for (const Check check :
           {Check::counted_again, Check::digest, Check::totals, Check::vote_law}) {
        findings().open(check);
      }
      if (!count_.officers.empty()) findings().open(Check::decisions);
      if (lists_broken_) {
        findings().open(Check::segment_there);
        findings().open(Check::segment_hash);
      }
    }
    return evidence_.compare(counted_, findings());
  }

 private:
  Findings& findings() { return result.findings; }

  Result<void> statement(const StatementRow& row, std::uint64_t number, const Hash& previous,
                         std::uint64_t& stated) {
    const std::string name = fmt::format("statement {}", number);
    const auto statement = parse_statement(as_text(row.bytes));
    if (!statement) {
      if (counted_.authentic) {
        findings().found(Check::statement_readable, name + ": " + statement.error().detail);
      }
      lists_broken_ = true;  // Which steps it speaks of is not known.
      return {};
    }
    if (counted_.authentic) {
      if (row.number != number || statement->number != number || statement->previous != previous ||
          statement->commit < stated || row.commit != statement->commit ||
          (last_ && statement->time_us < last_->time_us)) {
        findings().found(Check::statement_chain, name + " does not follow the one before it");
      }
      if (!(statement->count == count_.id) || statement->rules != rules_.hash() ||
          statement->count_file != count_.hash() || statement->mode != to_text(count_.mode) ||
          statement->policy != count_.publication ||
          statement->partitions.size() != count_.partitions) {
        findings().found(Check::statement_of_this_count,
                         name + " speaks of another count or other rules");
      }
    }
    if (!count_.officers.empty()) remember(row, *statement);
    if (lists_broken_) return {};
    auto list = evidence_.steps(number, stated, statement->commit);
    if (!list) {
      if (!is_finding(list.error())) return std::unexpected(list.error());
      findings().found(Check::steps_stated, list.error().detail);
      lists_broken_ = true;
      return {};
    }
    if (counted_.authentic && sha256(as_bytes(to_text(*list))) != statement->steps) {
      findings().found(Check::steps_stated,
                       fmt::format("the steps between commit {} and {} are not those of {}", stated,
                                   statement->commit, name));
      lists_broken_ = true;  // Counting other steps would only find the same fault again.
      return {};
    }
    if (auto done = steps(*list); !done) return done;
    stated = statement->commit;
    if (counted_.authentic) against(*statement, name);
    if (counted_.authentic) counted_.times[statement->commit] = statement->time_us;
    last_ = *statement;
    return {};
  }

  void remember(const StatementRow& row, const Statement& statement) {
    Stated& stated = stated_.emplace_back(Stated{sha256(row.bytes), statement.digest, {}});
    for (const auto& partition : statement.partitions) {
      stated.entries.push_back(partition.committed.log_size);
    }
  }

  // What was certified is what the named statement says.
  void certified(const Change& change, const std::string& name) {
    for (const Bytes& entry : change.decisions) {
      const auto read = read_control(entry, count_.id);
      const Control* control = read ? std::get_if<Control>(&read->body) : nullptr;
      if (control == nullptr || control->action != Control::Action::certify) continue;
      if (!counted_.authentic) return findings().open(Check::decisions);
      const Control::Certified& certified = control->certified;
      const Stated* stated =
          certified.statement < stated_.size() ? &stated_[certified.statement] : nullptr;
      if (stated == nullptr || stated->hash != certified.statement_hash ||
          stated->digest != certified.digest || change.partition >= stated->entries.size() ||
          stated->entries[change.partition] != certified.entries) {
        findings().found(Check::decisions,
                         fmt::format("{}: it certifies statement {}, and that says something else",
                                     name, certified.statement));
      }
    }
  }

  // Where the partitions stand, and what was counted so far.
  void against(const Statement& statement, const std::string& name) {
    if (lists_broken_) return;
    for (std::size_t i = 0; i < statement.partitions.size(); ++i) {
      if (statement.partitions[i].partition != i || i >= at_.size() ||
          !(statement.partitions[i].committed == at_[i])) {
        findings().found(Check::steps_stated,
                         fmt::format("{}: its steps do not lead to what it says of partition {}",
                                     name, statement.partitions[i].partition));
      }
    }
    if (std::ranges::any_of(broken_, [](bool b) { return b; })) return;
    std::vector<TotalRow> rows;
    rows.reserve(totals_.size());
    for (const auto& [key, total] : totals_) rows.push_back({key, total, 0});
    if (digest_of(rules_.hash(), rows) != statement.digest) {
      findings().found(Check::digest, name + " states another digest");
    }
  }

  Result<void> steps(const std::vector<StepRow>& list) {
    for (const StepRow& row : list) {
      if (progress_) progress_(result.leaves, evidence_.leaves());
      ++result.steps;
      result.commit = std::max(result.commit, row.commit);
      if (row.partition >= partitions_.size() || row.number != at_[row.partition].number + 1 ||
          row.from != at_[row.partition].position || row.to < row.from ||
          row.log_size < at_[row.partition].log_size) {
        findings().found(Check::steps_stated,
                         fmt::format("step {} of partition {} does not follow the one before it",
                                     row.number, row.partition));
        lists_broken_ = true;
        return {};
      }
      if (auto done = step(row); !done) return done;
      at_[row.partition] = {row.number, row.to, row.log_size, row.root};
    }
    return {};
  }

  Result<void> step(const StepRow& row) {
    const std::string name = segment_name(row.partition, row.number);
    const auto bytes = evidence_.segment(row, at_[row.partition]);
    if (!bytes) {
      broken_[row.partition] = true;
      if (bytes.error().code == Code("segments.missing")) {
        findings().found(Check::segment_there, name + ": " + bytes.error().detail);
      } else if (bytes.error().code == Code("segments.corrupt")) {
        findings().found(Check::segment_hash, name + ": " + bytes.error().detail);
      } else if (bytes.error().code == Code("segments.withheld")) {
        findings().open(Check::segment_there);
        findings().open(Check::segment_hash);
      } else {
        return std::unexpected(bytes.error());
      }
      return {};
    }
    // The tree behind a broken step cannot be computed; its own bytes were looked at.
    if (broken_[row.partition]) return {};
    broken_[row.partition] = !count_again(row, *bytes, name);
    return {};
  }

  // The leaves, as if they had just been recorded in this order: nothing may be a duplicate, a
  // conflict or a rejection, and the same segment must come out.
  bool count_again(const StepRow& row, const Bytes& bytes, const std::string& name) {
    Partition& partition = partitions_[row.partition];
    const auto segment = decode_segment(bytes, count_.id);
    if (!segment) {
      findings().found(Check::counted_again, name + ": " + segment.error().detail);
      return false;
    }
    const auto change = teller::count_again(partition, *segment);
    if (!change || change->number != row.number || change->segment != row.segment ||
        change->root != row.root || change->log_size != row.log_size) {
      findings().found(Check::counted_again,
                       name + ": counted again, it gives another root, size or number of leaves");
      return false;
    }
    for (const ByteView leaf : segment->leaves) {
      if (decode(leaf, rules_, count_.id, entry_).has_value() ||
          partition_of(entry_, count_.partitions) != row.partition) {
        findings().found(Check::counted_again, name + ": a leaf belongs to another partition");
        return false;
      }
    }
    result.leaves += segment->leaves.size();
    certified(*change, name);
    for (const TotalChange& total : change->totals) totals_[total.key] += total.by;
    evidence_.counted(row, *change, *segment);
    return true;
  }

  const Rules& rules_;
  const CountFile& count_;
  Evidence& evidence_;
  const VerifyProgress& progress_;
  Counted counted_;
  std::vector<Partition> partitions_;
  std::vector<Committed> at_;  // As the lists of steps say.
  std::vector<bool> broken_;   // A step of the partition could not be counted.
  bool lists_broken_ = false;  // From some statement on, the steps are not known.
  std::optional<Statement> last_;
  struct Stated {
    Hash hash{}, digest{};
    std::vector<std::uint64_t> entries;  // By partition.
  };
  std::vector<Stated> stated_;  // By number; of a count with officers.
  std::map<TotalKey, Total> totals_;
  Entry entry_;
};

}  // namespace

std::string_view sentence_of(Check check) { return sentences[static_cast<std::size_t>(check)]; }

Result<Verification> verify(const Rules& rules, const CountFile& count, Evidence& evidence,
                            const VerifyProgress& progress) {
  Verifier verifier(rules, count, evidence, progress);
  verifier.result.key = count.public_key;
  if (auto done = verifier.signatures(); !done) return std::unexpected(done.error());
  if (auto done = verifier.statements(); !done) return std::unexpected(done.error());
  if (auto done = verifier.finish(); !done) return std::unexpected(done.error());
  return std::move(verifier.result);
}

}  // namespace teller
