"""Motion of a box: a Kalman filter at constant velocity."""

from typing import Tuple

import numpy as np

# Variances are in squares of the box's size, the root of its area; times in seconds.
# Chosen here for boxes of people that wobble by a tenth of their size.
_MEASURED = 0.1**2
# Velocity of an actor seen once: 1.5 sizes per second.
_START_SPEED = 1.5**2
# Change of the squared velocity per second: in 0.5 s 1.4 sizes per second.
_DRIFT = 4.0


class BoxMotion:
    """Position and velocity of the centre of a box, with their variances.

    Both axes are independent and have equal variances. The acceleration is white
    noise, so that the uncertainty depends on the time and not on the frame rate.

    Args:
        box (np.ndarray): First box `x1, y1, x2, y2` in pixels.

    Shape:
        - box: (4,).

    Source: R. E. Kalman, "A new approach to linear filtering and prediction
    problems", 1960.
    """

    def __init__(self, box: np.ndarray) -> None:
        self.box = box
        self.position = _centre(box)
        self.velocity = np.zeros(2)
        self.covariance = np.diag([_MEASURED, _START_SPEED])

    def _ahead(self, seconds: float) -> Tuple[np.ndarray, np.ndarray]:
        """Position and covariance (2, 2) some seconds after the last box."""
        step = np.array([[1.0, seconds], [0.0, 1.0]])
        noise = _DRIFT * np.array(
            [[seconds**3 / 3, seconds**2 / 2], [seconds**2 / 2, seconds]]
        )
        covariance = step @ self.covariance @ step.T + noise
        return self.position + seconds * self.velocity, covariance

    def predict(self, seconds: float) -> Tuple[np.ndarray, float]:
        """Box some seconds after the last one, and the variance of a measured centre.

        Args:
            seconds (float): At least 0.

        Returns:
            tuple[np.ndarray, float]: Box (4,) with the last width and height, and the
            variance in pixels, of each axis.
        """
        position, covariance = self._ahead(seconds)
        moved = self.box + np.tile(position - _centre(self.box), 2)
        variance = (covariance[0, 0] + _MEASURED) * box_size(self.box) ** 2
        return moved, float(variance)

    def update(self, seconds: float, box: np.ndarray) -> None:
        """Correct the state by a box.

        Args:
            seconds (float): Since the last box.
            box (np.ndarray): As for the class, shape (4,).
        """
        position, covariance = self._ahead(seconds)
        gain = covariance[:, 0] / (covariance[0, 0] + _MEASURED)
        error = _centre(box) - position
        self.position = position + gain[0] * error
        self.velocity = self.velocity + gain[1] * error
        self.covariance = covariance - np.outer(gain, covariance[0])
        self.box = box


def _centre(box: np.ndarray) -> np.ndarray:
    """Centre (2,) of a box."""
    return (box[:2].astype(np.float64) + box[2:]) / 2


def box_size(boxes: np.ndarray) -> np.ndarray:
    """Root of the area of boxes (..., 4), at least 1 pixel; ends are inclusive."""
    sides = np.maximum(boxes[..., 2:] - boxes[..., :2] + 1, 1)
    return np.sqrt(sides.prod(-1))
