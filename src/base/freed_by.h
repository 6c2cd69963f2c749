// std::unique_ptr of what a C library has made, and frees by a function of its own:
//
//   using Number = std::unique_ptr<BIGNUM, FreedBy<BN_free>>;
#pragma once

namespace teller {

template <auto free>
struct FreedBy {
  template <typename T>
  void operator()(T* what) const {
    free(what);
  }
};

}  // namespace teller
