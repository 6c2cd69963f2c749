// What a server tells of a count that is published after the close of voting, before that: nothing about
// votes. How many entries were counted, the count file, the rules, and the signed checkpoint of the log
// are told; sums, digests, statements, tiles, sheets and deliveries are not.
//
// What always holds: a route that is not named in held_back.cc is closed, so that a new one is closed
// until somebody has thought about it.
#pragma once

#include <filesystem>
#include <functional>

#include "base/error.h"
#include "http/http_server.h"
#include "publish/status.h"

namespace teller {

// The same routes; those that may tell of votes answer 403 with `why` (why_not_told()) while `is_held`
// says so, and 503 while it cannot be told. `is_held` is asked from the server's threads.
[[nodiscard]] HttpRouter held_back(const HttpRouter& router, std::function<Result<bool>()> is_held,
                                   Error why = not_before_close());

// Whoever looks into the folder of what is published sees why it is empty: a file not-before-the-close with
// the sentence, or, once nothing is held back, no such file. Errors: those of write_file(); stop file.io
// where it cannot be taken away.
[[nodiscard]] Result<void> tell_held_back(const std::filesystem::path& published, bool is_held,
                                          const Error& why = not_before_close());

}  // namespace teller
