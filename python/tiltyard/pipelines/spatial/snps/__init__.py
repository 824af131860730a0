"""Tables of SNPs: LD scores, summary statistics, which gene a SNP is near, and how they meet."""
