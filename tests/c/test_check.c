/* test_check.c - the comparisons of check.h refuse what they must: NaN wherever it comes, infinity, nothing at all. */
#include "check.h"

int main(void)
{
    CHECK(near(1.0, 1.0 + 1e-9, 1e-8, 0.0) && near(-100.0, -101.0, 0.0, 0.01), "within the limit");
    CHECK(!near(1.0, 1.1, 0.09, 0.0) && !near(-100.0, 100.0, 0.0, 1.0), "beyond the limit");
    static const double strange[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
        CHECK(!near(strange[i], 1.0, 1.0, 1.0) && !near(1.0, strange[i], 1.0, 1.0), "one is %g", strange[i]);
        CHECK(!near(strange[i], strange[i], 1.0, 1.0), "both are %g", strange[i]);
        for (size_t at = 0; at < 3; at++) {
            gap got = {0}, want = {0};
            for (size_t k = 0; k < 3; k++) {
                gap_add(&got, k == at ? strange[i] : 1.0, 1.0);
                gap_add(&want, 1.0, k == at ? strange[i] : 1.0);
            }
            CHECK(!(gap_relative(got) <= 1e9) && !(gap_relative(want) <= 1e9), "%g at %zu is lost",
                  strange[i], at);
        }
    }
    CHECK(isnan(larger(NAN, 1.0)) && isnan(larger(1.0, NAN)) && larger(2.0, -3.0) == 2.0, "larger");
    gap nothing = {0}, same = {0}, zeros = {0}, apart = {0};
    CHECK(!(gap_relative(nothing) <= 1e9), "nothing was compared");
    gap_add(&same, 3.0, 3.0);
    gap_add(&zeros, 0.0, 0.0);
    CHECK(gap_relative(same) == 0.0 && gap_relative(zeros) == 0.0, "no difference");
    gap_add(&apart, 3.5, 4.0);
    gap_add(&apart, -2.0, -1.0);
    CHECK(gap_relative(apart) == 0.25, "%g of the largest", gap_relative(apart));
    CHECK(one_line("ends") && !one_line("") && !one_line("two\nlines") && !one_line("two\rlines"),
          "a message");
    return check_report();
}
