/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nothing, linked with all that guestctl is linked with: what a process costs before its main() and after it. */
int main(void)
{
    return 0;
}
