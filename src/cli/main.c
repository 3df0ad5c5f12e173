/* SPDX-License-Identifier: Apache-2.0 */
/* The command line's entry. */
int main(void)
{
    return 0;
}
