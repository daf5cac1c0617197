"""The one place where a layout that is ours and not the ministry's is marked so, on paper."""

MARK = "แบบนี้จัดทำขึ้นโดยระบบส่งต่อ (Songtor) มิใช่แบบที่ทางราชการกำหนด"
"""“This layout was made by Songtor and is not an official one.” Stands as the first note under the table."""
