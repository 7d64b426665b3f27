# What R's fpc and cluster say of the fixed data beside this script.
#
#   apt-get install r-base-core r-cran-fpc r-cran-cluster r-cran-jsonlite
#   python -m tests.reference.data && Rscript tests/reference/make_reference.R
#
# data.csv files are written by data.py and are not kept; reference.json is. k-means: the best of three
# starts as in the criteria of the product, for the gap of ten: its one fit to the data must find the optimum.
library(fpc)
library(cluster)
library(jsonlite)
set.seed(20261121)

folder <- "tests/reference"
kmeans10 <- function(x, k) kmeans(x, k, nstart = 10, iter.max = 100)
found <- list(R = R.version.string, fpc = as.character(packageVersion("fpc")),
              cluster = as.character(packageVersion("cluster")), sets = list())
for (name in c("clear", "touching", "one")) {
  x <- as.matrix(read.csv(file.path(folder, paste0(name, ".csv"))))
  ks <- 2:6
  gap <- clusGap(x, kmeans10, K.max = 6, B = 100, d.power = 2, spaceH0 = "scaledPCA", verbose = FALSE)$Tab
  strength <- prediction.strength(x, Gmin = 2, Gmax = 6, M = 100, clustermethod = kmeansCBI, runs = 3, iter.max = 100)
  stability <- list()
  for (k in ks) {
    boot <- clusterboot(x, B = 200, bootmethod = "boot", clustermethod = kmeansCBI, krange = k, runs = 3,
                        iter.max = 100, seed = 1, count = FALSE)
    stability[[as.character(k)]] <- list(
      segments = boot$bootmean, dissolved = boot$bootbrd / 200, labels = boot$partition - 1)
  }
  found$sets[[name]] <- list(
    gap = gap[, "gap"], gap_se = gap[, "SE.sim"], strength = strength$mean.pred[ks],
    strength_sd = sapply(ks, function(k) sd(strength$predcorr[[k]])), stability = stability)
}
write_json(found, file.path(folder, "reference.json"), digits = 8, auto_unbox = TRUE, pretty = TRUE)
