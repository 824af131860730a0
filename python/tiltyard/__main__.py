"""Entry of the command `tiltyard`: a pipeline's commands begin before the others are imported."""

from __future__ import annotations

import gc
import sys

from tiltyard.pipelines import commands


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] and sys.argv[1] in commands.GROUPS:
        from tiltyard.engine.machine.interpreter import (
            end_soon,
            refuse_optimisation,
            spare_working_folder,
        )

        spare_working_folder()
        end_soon()
        try:
            refuse_optimisation()
            commands.run(sys.argv[1], sys.argv[2:])
        except ModuleNotFoundError as error:
            from tiltyard.engine.extras import refusal_of

            if message := refusal_of(error):
                sys.exit(message)
            raise
        except RuntimeError as error:
            sys.exit(f"tiltyard: {error}")
        finally:
            gc.freeze()  # else Python would look through all that is left for garbage, to end
    from tiltyard.cli import main as whole

    whole()


if __name__ == "__main__":
    main()
