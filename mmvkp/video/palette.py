"""Colors of drawings (RGB) and charts (hex), in order of use."""

# Marks on frames: light, saturated colors that are distinct on dark pictures.
MARK_COLORS = (
    (255, 70, 70),
    (255, 255, 255),
    (80, 200, 255),
    (255, 220, 40),
    (120, 255, 120),
    (255, 120, 255),
    (255, 150, 40),
    (150, 150, 255),
    (0, 160, 120),
    (170, 110, 60),
    (200, 200, 200),
    (255, 190, 200),
    (170, 170, 0),
    (0, 90, 255),
    (160, 0, 200),
    (120, 120, 120),
)
# Lines of charts on white paper.
CHART_COLORS = ('#3366aa', '#d1495b', '#3a9d5d', '#8a5fbf', '#e08e1b', '#5f6b76')
