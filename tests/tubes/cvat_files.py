"""Files of CVAT for the tests of its reader."""

from .tube_conversion import write

CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><size>6</size><labels><label><name>person</name>
    <attributes><attribute><name>action</name></attribute></attributes>
  </label></labels>
  <original_size><width>80</width><height>60</height></original_size></task>
  <source>b.mp4</source></meta>
  <track id="0" label="person">
    {boxes}
  </track>
</annotations>
"""
BOX = (
    '<box frame="{}" outside="{}" occluded="0" keyframe="1" xtl="{}" '
    'ytl="2.50" xbr="20.00" ybr="60.00"><attribute name="action">{}'
    '</attribute></box>\n'
)


def write_cvat(*boxes, name='cvat/Walk/annotations.xml'):
    return write(name, CVAT.format(boxes='    '.join(boxes)))


def rows_of(truth, video, label):
    (tube,) = truth.gttubes[video][truth.labels.index(label)]
    return tube
