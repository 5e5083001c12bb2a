"""A thin library under every service: it knows no service and, outside contracts/, no word of the business."""
