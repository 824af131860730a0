"""Build and load all compiled code: ``python -m tiltyard.pipelines.alleles.native``."""

from tiltyard.pipelines.alleles.native.loading import warm

if __name__ == "__main__":
    warm()
